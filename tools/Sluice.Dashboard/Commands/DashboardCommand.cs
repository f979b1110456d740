using System.CommandLine;
using Sluice.Dashboard.Comparing;
using Sluice.Dashboard.Page;
using Sluice.Dashboard.Reading;
using Sluice.Dashboard.Results;
using Sluice.Dashboard.Table;

namespace Sluice.Dashboard.Commands;

/// <summary>The verbs: <c>build</c>, <c>compare</c>, <c>table</c>.</summary>
internal static class DashboardCommand
{
    public static RootCommand Build() => new("Stored benchmark results as one HTML page, as a comparison, as a table.")
    {
        BuildVerb(), CompareVerb(), TableVerb(),
    };

    private static Option<string> Results() => new("--results") { Description = "Folder that holds the runs.", DefaultValueFactory = _ => "perf/results" };

    private static Command BuildVerb()
    {
        var (results, target) = (Results(), new Option<string?>("--out") { Description = "The page; dashboard.html in the results when not given." });
        var command = new Command("build", "Write the dashboard: one HTML file that needs no network.") { results, target };
        command.SetAction(parsed =>
        {
            var (folder, console) = (parsed.GetRequiredValue(results), parsed.InvocationConfiguration);
            var store = Read(folder, console);
            var path = parsed.GetValue(target) ?? Path.Combine(folder, "dashboard.html");
            File.WriteAllText(path, DashboardPage.Build(store));
            console.Output.WriteLine($"{path}: {store.Runs.Count} runs");
            return 0;
        });
        return command;
    }

    private static Command CompareVerb()
    {
        var (results, strict) = (Results(), new Option<bool>("--strict") { Description = "Exit 1 when something got worse or is gone." });
        var command = new Command("compare", "Say what the newest run moved by more than its noise.") { results, strict };
        command.SetAction(parsed =>
        {
            var console = parsed.InvocationConfiguration;
            var store = Read(parsed.GetRequiredValue(results), console);
            return CompareReport.Write(store.Runs, console.Output) && parsed.GetValue(strict) ? 1 : 0;
        });
        return command;
    }

    private static Command TableVerb()
    {
        var run = new Argument<string>("run") { Description = "Folder of one run." };
        var command = new Command("table", "Print one run as a Markdown table.") { run };
        command.SetAction(parsed =>
        {
            var console = parsed.InvocationConfiguration;
            var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(parsed.GetRequiredValue(run)));
            if (!Directory.Exists(folder) || new RunReader(folder, console.Error.WriteLine).Read() is not { } read)
            {
                console.Error.WriteLine($"{folder} holds no results");
                return 2;
            }
            console.Output.Write(MarkdownTable.Of(read));
            return 0;
        });
        return command;
    }

    private static ResultStore Read(string folder, InvocationConfiguration console)
    {
        var store = ResultReader.Read(folder);
        foreach (var problem in store.Problems)
            console.Error.WriteLine($"skipped: {problem}");
        return store;
    }
}
