using System.Globalization;
using Sluice.Control.Playback;

namespace Sluice.Control.Configuration;

/// <summary>An instant as people write it: of the wall clock, or so long before now.</summary>
/// <param name="IsBeforeNow">What <paramref name="Ns"/> is.</param>
/// <param name="Ns">Since 1970-01-01 UTC, or before now.</param>
public readonly record struct LoopTime(bool IsBeforeNow, long Ns)
{
    public const string Form = "\"now\", \"now-10m\", or a time as \"2026-11-26T12:00:00Z\"";

    /// <summary>Before all that is kept, so where that begins.</summary>
    public static LoopTime Beginning => default;

    private const string Now = "now";

    public long WallNs(long nowWallNs) => IsBeforeNow ? nowWallNs - Ns : Ns;

    public static bool TryParse(string text, out LoopTime time)
    {
        ArgumentNullException.ThrowIfNull(text);
        long ns = 0;
        var isBeforeNow = text == Now
            || (text.StartsWith(Now + "-", StringComparison.Ordinal) && TimeWish.TryReadOffset(text[(Now.Length + 1)..], out ns));
        var isTime = !isBeforeNow && !text.StartsWith(Now, StringComparison.Ordinal) && TimeWish.TryReadTime(text, out ns);
        time = new LoopTime(isBeforeNow, ns);
        return isBeforeNow || isTime;
    }

    public override string ToString() => this == Beginning ? "the beginning" : !IsBeforeNow
        ? DateTimeOffset.UnixEpoch.AddTicks(Ns / 100).ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture)
        : Ns == 0 ? Now : $"{Now}-{Quantities.FormatDuration(Ns)}";
}

/// <summary>What of a channel's store an output repeats. Both ends are random access points: the last at or before the time.</summary>
/// <param name="From">Where it begins.</param>
/// <param name="To">What it ends before.</param>
/// <param name="Times">How often; 0 = for ever.</param>
public sealed record LoopConfig(LoopTime From, LoopTime To, long Times)
{
    /// <summary>A hundred years of turns of three seconds.</summary>
    public const int TimesMax = 1_000_000_000;

    /// <summary>In words, for <c>sluice check</c> and the status.</summary>
    public override string ToString() => $"{From} to {To}, {(Times == 0 ? "for ever" : Times == 1 ? "once" : $"{Times} times")}";
}

/// <summary>
/// The key <c>loop</c> of an output: a duration ("10min": the last ten minutes, for ever), "forever" (all of it), or an object, in which all is optional.
/// </summary>
internal static class LoopBinder
{
    private const string Form = "{ \"from\": \"now-10m\", \"to\": \"now\", \"times\": 3 }, or \"10min\" for the last ten minutes, or \"forever\" for all of it";

    private const string Forever = "forever";

    /// <returns>Null without the key, or when a mistake was noted.</returns>
    public static LoopConfig? Bind(Section options)
    {
        var node = options.Find("loop");
        if (node is null)
            return null;
        if (node.Kind == ConfigKind.String)
        {
            if (Quantities.TryParseDuration(node.Text, out var ns) && ns > 0 && ns <= KeepConfig.WindowMaxNs)
                return new LoopConfig(new LoopTime(true, ns), new LoopTime(true, 0), 0);
            if (node.Text == Forever)
                return new LoopConfig(LoopTime.Beginning, new LoopTime(true, 0), 0);
            options.Wrong(node, $"{node.Quoted} says not what is repeated", Form);
            return null;
        }
        if (node.Kind != ConfigKind.Object)
        {
            options.Wrong(node, $"{node.Quoted} says not what is repeated", Form);
            return null;
        }
        var section = options.Sub("loop", ConfigKeys.Loop);
        var before = section.Mistakes.Count;
        var (from, to) = (Time(section, "from") ?? LoopTime.Beginning, Time(section, "to") ?? new LoopTime(true, 0));
        var times = Times(section);
        section.Close();
        if (section.Mistakes.Count == before && from.IsBeforeNow == to.IsBeforeNow && (from.IsBeforeNow ? from.Ns <= to.Ns : from.Ns >= to.Ns))
            section.Wrong(node, "it ends before it begins", "a \"from\" before the \"to\"");
        return section.Mistakes.Count > before ? null : new LoopConfig(from, to, times);
    }

    private static LoopTime? Time(Section section, string key)
    {
        var text = section.Text(key, LoopTime.Form);
        if (text is null)
            return null;
        if (LoopTime.TryParse(text, out var time))
            return time;
        section.Wrong(section.Find(key)!, $"\"{ConfigNode.Shown(text)}\" is no time", LoopTime.Form);
        return null;
    }

    private static long Times(Section section) => section.Find("times") switch
    {
        null or { Kind: ConfigKind.String, Text: Forever } => 0,
        { Kind: ConfigKind.String } node => Wrong(section, node),
        _ => section.Number("times", 1, 1, LoopConfig.TimesMax),
    };

    private static long Wrong(Section section, ConfigNode node)
    {
        section.Wrong(node, $"{node.Quoted} is no number of turns", "a whole number from 1, or \"forever\"");
        return 0;
    }
}
