using System.Globalization;
using Sluice.Store;

namespace Sluice.Control.Configuration;

/// <summary>
/// A stored object as a channel's source: <c>asset:film</c> plays it again and again, as one stream without a seam; <c>asset:film?times=1</c> once.
/// </summary>
/// <param name="Name">The asset's; it need not be there yet.</param>
/// <param name="Times">How often; 0 = for ever.</param>
public sealed record AssetSource(string Name, long Times)
{
    public const string Form = "\"asset:NAME\", or \"asset:NAME?times=1\" for once";

    private const string Prefix = "asset:", TimesKey = "times", Forever = "forever";

    public static bool IsOne(string text) => text.StartsWith(Prefix, StringComparison.Ordinal);

    /// <returns>Null when it was read; otherwise what is wrong with it.</returns>
    internal static string? Read(string text, out SourceUrl? source)
    {
        source = null;
        var rest = text[Prefix.Length..];
        var mark = rest.IndexOf('?');
        var name = mark < 0 ? rest : rest[..mark];
        if (name.Length == 0)
            return "the asset's name is missing: asset:NAME";
        if (!AssetLibrary.IsName(name))
            return $"\"{ConfigNode.Shown(name)}\" is not a name for an asset";
        long times = 0;
        if (mark >= 0 && ReadTimes(rest[(mark + 1)..], out times) is { } wrong)
            return wrong;
        source = new SourceUrl(MediaScheme.Asset, "", 0, null, null) { Asset = new AssetSource(name, times) };
        return null;
    }

    /// <summary>In the form that is read.</summary>
    public override string ToString() => Times == 0 ? Prefix + Name : string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Name}?{TimesKey}={Times}");

    private static string? ReadTimes(string query, out long times)
    {
        times = 0;
        var equals = query.IndexOf('=');
        var (key, value) = equals < 0 ? (query, "") : (query[..equals], query[(equals + 1)..]);
        if (key != TimesKey)
            return SourceUrl.UnknownKey(key, [TimesKey]);
        var isCount = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out times) && times is >= 1 and <= LoopConfig.TimesMax;
        return value == Forever || isCount ? null : $"\"{ConfigNode.Shown(value)}\" is no number of turns: a whole number from 1, or forever";
    }
}
