using Sluice.Dashboard.Results;

namespace Sluice.Dashboard.Reading;

/// <summary>Reads a folder of runs, such as <c>perf/results</c>.</summary>
internal static class ResultReader
{
    public static ResultStore Read(string folder)
    {
        var problems = new List<string>();
        if (!Directory.Exists(folder))
            return new ResultStore([], [$"{folder} does not exist"]);
        var runs = Directory.EnumerateDirectories(folder)
            .Select(run => new RunReader(run, problems.Add).Read()).OfType<StoredRun>()
            .OrderBy(run => run.Date).ThenBy(run => run.Name, StringComparer.Ordinal);
        return new ResultStore([.. runs], problems);
    }
}
