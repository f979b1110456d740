namespace Sluice.Control.Configuration;

/// <summary>What becomes of a viewer over HTTP that takes less than the channel has.</summary>
public enum SlowReader
{
    /// <summary>It is set forward to the newest place where decoding can begin (default).</summary>
    Skip,

    /// <summary>It is disconnected.</summary>
    Drop,
}

/// <summary>How viewers over HTTP are treated.</summary>
public sealed record StreamConfig
{
    public const long BufferBytesMin = 64 << 10, BufferBytesMax = 16 << 20;

    /// <summary>What the URLs of the playlist begin with, ending in a slash; null (default) = the name by which the player reached us.</summary>
    public Uri? Base { get; init; }

    /// <summary>Default <see cref="SlowReader.Skip"/>; a channel may have its own.</summary>
    public SlowReader Slow { get; init; } = SlowReader.Skip;

    /// <summary>Bytes that may wait for one viewer before it counts as slow; a power of two. Default 512 KiB: 1 s at 4 Mbit/s.</summary>
    public int BufferBytes { get; init; } = 512 << 10;
}

internal static class StreamBinder
{
    internal static readonly (string, SlowReader)[] SlowWords = [("skip", SlowReader.Skip), ("drop", SlowReader.Drop)];

    public static StreamConfig Bind(Section http)
    {
        var defaults = new StreamConfig();
        var bytes = http.Size("buffer", defaults.BufferBytes, StreamConfig.BufferBytesMin, StreamConfig.BufferBytesMax);
        return new()
        {
            Base = BindBase(http),
            Slow = http.Word("slow", defaults.Slow, SlowWords),
            BufferBytes = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)bytes),
        };
    }

    private static Uri? BindBase(Section http)
    {
        const string Form = "a URL such as \"https://tv.example.net/\"";
        if (http.Text("base", Form) is not { } text)
            return null;
        if (Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            && url is { Query: "", Fragment: "", UserInfo: "" } && url.Host.Length > 0)
            return url;
        http.Wrong(http.Find("base")!, $"\"{ConfigNode.Shown(text)}\" is not a base for URLs", Form);
        return null;
    }

    /// <summary>A channel's own word; null when it has none.</summary>
    public static SlowReader? BindSlow(Section channel) =>
        channel.Find("slow") is null ? null : channel.Word("slow", SlowReader.Skip, SlowWords);
}
