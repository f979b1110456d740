using Sluice.Dashboard.Comparing;
using Sluice.Dashboard.Results;

namespace Sluice.Dashboard.Page;

/// <summary>One figure to show, with the run it is from and how it stands to the runs before that one.</summary>
internal sealed record LatestRow(Measurement One, StoredRun Run, Change Change);

/// <summary>
/// The newest that is known of one group: the rows of the newest run that has it, and below them what only the newest full
/// run has, because a quick run leaves much out.
/// </summary>
internal sealed record LatestGroup(ResultGroup Group, StoredRun Run, IReadOnlyList<LatestRow> Rows)
{
    public static IReadOnlyList<LatestGroup> Of(IReadOnlyList<StoredRun> runs, IReadOnlyList<IReadOnlyList<Change>> changes, GroupKind kind)
    {
        var names = runs.SelectMany(run => run.Groups).Where(group => group.Kind == kind).Select(group => group.Name);
        return [.. names.Distinct().Order(StringComparer.Ordinal).Select(name => Of(runs, changes, kind, name))];
    }

    private static LatestGroup Of(IReadOnlyList<StoredRun> runs, IReadOnlyList<IReadOnlyList<Change>> changes, GroupKind kind, string name)
    {
        var newest = LastWith(runs, kind, name, fullOnly: false);
        var full = LastWith(runs, kind, name, fullOnly: true);
        var rows = RowsOf(newest);
        if (full >= 0 && full != newest)
            rows.AddRange(RowsOf(full).Where(row => rows.TrueForAll(known => known.One.Name != row.One.Name)));
        var group = runs[newest].Group(kind, name)!;
        if (group.Series.Count == 0 && full >= 0)
            group = group with { Series = runs[full].Group(kind, name)!.Series };
        return new LatestGroup(group, runs[newest], rows);

        List<LatestRow> RowsOf(int run) =>
            [.. changes[run].Where(change => change.Verdict != Verdict.Gone && change.Group.Kind == kind && change.Group.Name == name)
                .Select(change => new LatestRow(change.Now, runs[run], change))];
    }

    private static int LastWith(IReadOnlyList<StoredRun> runs, GroupKind kind, string name, bool fullOnly)
    {
        for (var i = runs.Count - 1; i >= 0; i--)
            if ((!fullOnly || runs[i].IsFull) && runs[i].Group(kind, name) is not null)
                return i;
        return -1;
    }
}
