using Sluice.Dashboard.Comparing;
using Sluice.Dashboard.Results;

namespace Sluice.Dashboard.Page;

/// <summary>One figure over all stored runs, with a mark where it moved by more than its noise.</summary>
internal static class Trends
{
    public static TrendChart Of(IReadOnlyList<StoredRun> runs, IReadOnlyList<IReadOnlyList<Change>> changes, ResultGroup group, Measurement newest)
    {
        var points = new List<TrendPoint>();
        for (var i = 0; i < runs.Count; i++)
            if (runs[i].Find(group.Kind, group.Name, newest.Name) is { } one && one.Unit == newest.Unit)
            {
                var change = changes[i].First(change => change.Group.Kind == group.Kind && change.Group.Name == group.Name && change.Now.Name == one.Name);
                points.Add(new TrendPoint(i, one.Value, one.Low, one.High, MarkOf(change), !runs[i].Machine.IsLike(runs[^1].Machine)));
            }
        return new TrendChart(newest.Name, newest.Unit, newest.Target, newest.Stretch, points);
    }

    private static string MarkOf(Change change) => change switch
    {
        { Verdict: Verdict.Worse } => "worse",
        { Now.Counts: false } => "loss",
        { Verdict: Verdict.Better } => "better",
        _ => "",
    };
}
