using System.Text;

namespace Sluice.Control.Playlists;

/// <summary>One line that a player shows, and where it leads.</summary>
/// <param name="Id">What programme guides know it by.</param>
/// <param name="Name">For people; may hold anything.</param>
/// <param name="Url">Absolute.</param>
/// <param name="Catchup">How its past is asked for; null = it has none.</param>
public sealed record PlaylistEntry(string Id, string Name, string Url, Catchup? Catchup = null);

/// <summary>What players that offer a programme's past need (Kodi's IPTV Simple, TiviMate, OTT Navigator).</summary>
/// <param name="Source">A URL in which the player puts the programme's Unix seconds for <c>${start}</c> and <c>${end}</c>.</param>
/// <param name="Days">How far back they may ask, at least 1.</param>
public sealed record Catchup(string Source, int Days)
{
    private const long DayNs = 86_400_000_000_000;

    /// <summary>For a channel whose stream has a URL without a query, and keeps so much.</summary>
    public static Catchup Of(string url, long keptNs) => new(url + "?start=${start}&end=${end}", (int)Math.Clamp((keptNs + DayNs - 1) / DayNs, 1, 3_650));
}

/// <summary>
/// A playlist as IPTV players take it: M3U with <c>#EXTINF</c> lines whose attributes say which channel it is. There is no standard; this is
/// what VLC, Kodi and set-top boxes have in common. Pure.
/// </summary>
public static class ExtendedM3u
{
    /// <summary>The type that players know the format by; the text is UTF-8.</summary>
    public const string ContentType = "audio/x-mpegurl; charset=utf-8";

    public static string Write(IEnumerable<PlaylistEntry> entries)
    {
        var text = new StringBuilder("#EXTM3U\n");
        foreach (var entry in entries)
            text.Append("#EXTINF:-1").Append(Attributes(entry)).Append(',').Append(OneLine(entry.Name)).Append('\n').Append(entry.Url).Append('\n');
        return text.ToString();
    }

    // −1: without an end. Behind these come the catch-up attributes of a channel whose past can be asked for.
    private static string Attributes(PlaylistEntry entry) => $" tvg-id=\"{Quotable(entry.Id)}\" tvg-name=\"{Quotable(entry.Name)}\""
        + (entry.Catchup is { } catchup ? $" catchup=\"default\" catchup-source=\"{Quotable(catchup.Source)}\" catchup-days=\"{catchup.Days}\"" : "");

    // A line break would begin an entry of its own, and nothing can be escaped within quotes.
    private static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c));

    private static string Quotable(string text) => OneLine(text).Replace('"', '\'');
}
