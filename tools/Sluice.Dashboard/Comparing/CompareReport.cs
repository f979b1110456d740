using Sluice.Dashboard.Page;
using Sluice.Dashboard.Results;

namespace Sluice.Dashboard.Comparing;

/// <summary>The comparison as lines on a terminal.</summary>
internal static class CompareReport
{
    /// <summary>True when something got worse or is gone.</summary>
    public static bool Write(IReadOnlyList<StoredRun> runs, TextWriter output)
    {
        if (runs.Count == 0)
        {
            output.WriteLine("nothing is stored");
            return false;
        }
        var changes = Comparison.Of(runs, runs.Count - 1);
        foreach (var change in changes.Where(change => change.Verdict is not (Verdict.Same or Verdict.New)).OrderByDescending(change => change.Verdict))
            output.WriteLine(Line(change));
        int Count(Verdict verdict) => changes.Count(change => change.Verdict == verdict);
        output.WriteLine($"{runs[^1].Name}: {Count(Verdict.Worse)} worse, {Count(Verdict.Better)} better, {Count(Verdict.Same)} within their noise, "
            + $"{Count(Verdict.New)} without an earlier figure, {Count(Verdict.Gone)} gone");
        return Count(Verdict.Worse) + Count(Verdict.Gone) > 0;
    }

    private static string Line(Change change)
    {
        var (shape, word, _) = Words.Of(change.Verdict);
        var what = $"{shape} {word,-6} {change.Group.Name}: {change.Now.Name}";
        if (change.Verdict == Verdict.Gone)
            return $"{what} was {Figures.WithUnit(change.Before!.Value, change.Before.Unit)} in {change.Since}";
        var percent = change.Ratio is { } ratio ? $" ({Figures.Percent(ratio)})" : "";
        var why = change.Why.Length > 0 ? $"; {change.Why}" : "";
        var values = $"{Figures.Text(change.Before!.Value)} → {Figures.WithUnit(change.Now.Value, change.Now.Unit)}";
        return $"{what} {values}{percent}, noise ± {Figures.Text(change.Noise)}, before: {change.Since}{why}";
    }
}
