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

    /// <summary>Default <see cref="SlowReader.Skip"/>; a channel may have its own.</summary>
    public SlowReader Slow { get; init; } = SlowReader.Skip;

    /// <summary>Bytes that may wait for one viewer before it counts as slow; a power of two. Default 512 KiB: a second of a 4 Mbit/s stream.</summary>
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
            Slow = http.Word("slow", defaults.Slow, SlowWords),
            BufferBytes = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)bytes),
        };
    }

    /// <summary>A channel's own word; null when it has none.</summary>
    public static SlowReader? BindSlow(Section channel) =>
        channel.Find("slow") is null ? null : channel.Word("slow", SlowReader.Skip, SlowWords);
}
