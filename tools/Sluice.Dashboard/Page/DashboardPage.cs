using System.Text.Json;
using Sluice.Dashboard.Comparing;
using Sluice.Dashboard.Results;

namespace Sluice.Dashboard.Page;

/// <summary>
/// The whole dashboard as one file: style, chart library, data and script inside, nothing fetched. Tables stand in the
/// HTML itself; the script only draws.
/// </summary>
internal sealed class DashboardPage
{
    private readonly Html _html = new();
    private readonly ResultStore _store;
    private readonly IReadOnlyList<IReadOnlyList<Change>> _changes;
    private readonly List<TrendChart> _trends = [];
    private readonly List<PictureChart> _pictures = [];

    private DashboardPage(ResultStore store)
    {
        _store = store;
        _changes = [.. Enumerable.Range(0, store.Runs.Count).Select(index => Comparison.Of(store.Runs, index))];
    }

    public static string Build(ResultStore store) => new DashboardPage(store).Write();

    private string Write()
    {
        Head();
        if (_store.Runs.Count == 0)
            _html.Element("p", "No results yet: run-bench.sh writes them.", "class=\"empty\"");
        else
            Body();
        Problems();
        Foot();
        return _html.ToString();
    }

    private void Head()
    {
        _html.Raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n");
        _html.Element("title", "Sluice, measured");
        _html.Raw("<link rel=\"icon\" href=\"data:,\">\n");
        _html.Raw($"<style>{Resource.Read("uPlot.css")}\n{Resource.Read("dashboard.css")}</style>\n</head>\n<body>\n<header>\n");
        _html.Element("h1", "Sluice, measured").Element("button", "light / dark", "id=\"theme\" type=\"button\"");
        _html.Raw("</header>\n<main>\n");
    }

    private void Body()
    {
        var scenarios = LatestGroup.Of(_store.Runs, _changes, GroupKind.Scenario);
        var micro = LatestGroup.Of(_store.Runs, _changes, GroupKind.Micro);
        new Overview(_html, _store.Runs, _changes).Write([.. scenarios.Concat(micro).SelectMany(group => group.Rows)]);
        Section("Scenarios: what the whole does", scenarios);
        Section("Micro: how long a call is", micro);
        Runs();
    }

    private void Section(string title, IReadOnlyList<LatestGroup> groups)
    {
        if (groups.Count == 0)
            return;
        _html.Raw("<section>\n").Element("h2", title);
        var writer = new GroupWriter(_html, _store.Runs, _changes, _trends, _pictures);
        foreach (var group in groups)
            writer.Write(group);
        _html.Close("section");
    }

    private void Runs()
    {
        _html.Raw("<section>\n").Element("h2", "Stored runs").Raw("<div class=\"scroll\"><table>\n<thead><tr>");
        foreach (var title in (string[])["UTC", "kind", "commit", "processor", "cores", "kernel", "flags", "figures"])
            _html.Element("th", title);
        _html.Raw("</tr></thead>\n<tbody>\n");
        foreach (var run in _store.Runs.Reverse())
        {
            _html.Open("tr").Element("td", run.DateText).Element("td", run.Mode).Element("td", run.Commit).Element("td", run.Machine.Cpu);
            _html.Element("td", $"{run.Machine.Cores}").Element("td", run.Machine.Kernel).Element("td", run.Flags);
            _html.Element("td", $"{run.Groups.Sum(group => group.Measurements.Count)}").Close("tr");
        }
        _html.Raw("</tbody></table></div>\n</section>\n");
    }

    private void Problems()
    {
        if (_store.Problems.Count == 0)
            return;
        _html.Raw("<section id=\"problems\">\n").Element("h2", "Not read").Open("ul");
        foreach (var problem in _store.Problems)
            _html.Element("li", problem);
        _html.Close("ul").Close("section");
    }

    // The default encoder writes < as \u003C, so no text of a result can end the script element.
    private void Foot()
    {
        var data = new ChartData([.. _store.Runs.Select(run => new RunLabel(run.DateText, Note(run)))], _trends, _pictures);
        _html.Raw("</main>\n<footer>\n").Element("p", "Charts: uPlot 1.6.32, MIT licence, inside this file. A figure is the median of its rounds; "
            + "its bar reaches from the smallest round to the largest. A change counts when it is larger than both runs' spread together, "
            + "than twice the usual step from run to run, "
            + $"and than {100 * Noise.ScenarioFloor:0} % (micro: {100 * Noise.MicroFloor:0} % and {Noise.MicroFloorNs} ns).");
        _html.Raw("</footer>\n<!--\n").Raw(Resource.Read("uPlot.LICENSE")).Raw("\n-->\n");
        _html.Raw($"<script id=\"data\" type=\"application/json\">{JsonSerializer.Serialize(data, ChartJson.Default.ChartData)}</script>\n");
        _html.Raw($"<script>{Resource.Read("uPlot.js")}</script>\n<script>{Resource.Read("dashboard.js")}</script>\n</body>\n</html>\n");
    }

    private static string Note(StoredRun run) => $"{run.Mode} {run.Commit}, {run.Machine.Cpu}, {run.Machine.Cores} cores, {run.Machine.Kernel}".Trim();
}
