using Sluice.Dashboard.Results;

namespace Sluice.Dashboard.Comparing;

/// <summary>One run beside all before it: what moved by more than its noise.</summary>
internal static class Comparison
{
    /// <param name="runs">All runs, oldest first.</param>
    /// <param name="index">The run that is judged.</param>
    public static IReadOnlyList<Change> Of(IReadOnlyList<StoredRun> runs, int index)
    {
        var run = runs[index];
        var earlier = runs.Take(index).Where(other => other.Machine.IsLike(run.Machine)).ToArray();
        return [.. run.Groups.SelectMany(group => group.Measurements.Select(one => Judge(earlier, group, one))), .. Gone(earlier, run)];
    }

    private static Change Judge(StoredRun[] earlier, ResultGroup group, Measurement now)
    {
        var known = earlier.Select(run => (Run: run.Name, Value: run.Find(group.Kind, group.Name, now.Name)))
            .Where(past => past.Value is { Counts: true } && past.Value.Unit == now.Unit).ToArray();
        if (known.Length == 0)
            return new Change(group, now, null, "", 0, Verdict.New);
        var (since, before) = known[^1];
        var noise = Noise.Of(group.Kind, now, before!, [.. known.Select(past => past.Value!.Value)]);
        var (verdict, why) = VerdictOf(now, before!, noise);
        return new Change(group, now, before, since, noise, verdict, why);
    }

    private static (Verdict Verdict, string Why) VerdictOf(Measurement now, Measurement before, double noise)
    {
        if (!now.Counts)
            return (Verdict.Worse, "lost packets, the run before did not");
        if (now.AllocatedBytes >= 1 + (before.AllocatedBytes ?? double.MaxValue))
            return (Verdict.Worse, $"allocates {now.AllocatedBytes:0} bytes a call, {before.AllocatedBytes:0} before");
        var gain = now.Better == Better.Lower ? before.Value - now.Value : now.Value - before.Value;
        return (gain > noise ? Verdict.Better : -gain > noise ? Verdict.Worse : Verdict.Same, "");
    }

    // Against the last run of the same kind: a quick one leaves out much that a full one has. No regression hides by vanishing.
    private static IEnumerable<Change> Gone(StoredRun[] earlier, StoredRun run)
    {
        var last = Array.FindLast(earlier, other => other.Mode == run.Mode);
        foreach (var group in last?.Groups ?? [])
            foreach (var before in group.Measurements)
                if (run.Find(group.Kind, group.Name, before.Name) is null)
                    yield return new Change(group, before, before, last!.Name, 0, Verdict.Gone);
    }
}
