using Sluice.Dashboard.Comparing;
using Sluice.Dashboard.Results;

namespace Sluice.Dashboard.Page;

/// <summary>The top of the page: how many targets are met, and what the newest run moved.</summary>
internal sealed class Overview(Html html, IReadOnlyList<StoredRun> runs, IReadOnlyList<IReadOnlyList<Change>> changes)
{
    private static readonly Verdict[] s_moved = [Verdict.Worse, Verdict.Gone, Verdict.Better];

    public void Write(IReadOnlyList<LatestRow> rows)
    {
        var run = runs[^1];
        html.Element("p", $"Newest run: {run.DateText} UTC, {run.Mode} {run.Commit}, on {run.Machine.Cpu}, {run.Machine.Cores} cores, {run.Machine.Kernel}."
            .Replace("  ", " ", StringComparison.Ordinal), "class=\"lead\"");
        html.Open("div", "class=\"tiles\"");
        var goals = rows.GroupBy(row => row.One.GoalOf()).ToDictionary(group => group.Key, group => group.Count());
        Tile(goals.GetValueOrDefault(Goal.Met) + goals.GetValueOrDefault(Goal.StretchMet), "targets met", Words.Of(Goal.Met));
        Tile(goals.GetValueOrDefault(Goal.StretchMet), "of them at their stretch", Words.Of(Goal.StretchMet));
        Tile(goals.GetValueOrDefault(Goal.Missed), "targets missed", Words.Of(Goal.Missed));
        if (goals.GetValueOrDefault(Goal.NotCounted) is > 0 and var lost)
            Tile(lost, "not counted: packets lost", Words.Of(Goal.NotCounted));
        foreach (var verdict in s_moved)
            Tile(changes[^1].Count(change => change.Verdict == verdict), $"{Words.Of(verdict).Word} in the newest run", Words.Of(verdict));
        html.Close("div");
        Moved([.. changes[^1].Where(change => s_moved.Contains(change.Verdict)).OrderBy(change => Array.IndexOf(s_moved, change.Verdict))]);
    }

    private void Tile(int count, string label, (string Shape, string Word, string Class) mark)
    {
        html.Open("div", $"class=\"tile {(count > 0 ? mark.Class : "quiet")}\"");
        html.Raw("<span class=\"shape\" aria-hidden=\"true\">").Text(mark.Shape).Raw("</span>").Element("b", $"{count}").Element("span", label).Close("div");
    }

    private void Moved(IReadOnlyList<Change> moved)
    {
        html.Raw("<section id=\"moved\">\n").Element("h2", "What moved by more than its noise");
        if (moved.Count == 0)
            html.Element("p", changes[^1].Any(change => change.Before is not null) ? "Nothing." : "There is no earlier run on such a machine to compare with.");
        else
            Table(moved);
        html.Close("section");
    }

    private void Table(IReadOnlyList<Change> moved)
    {
        html.Raw("<div class=\"scroll\"><table><thead><tr><th>what</th><th>figure</th><th class=\"n\">before</th><th class=\"n\">now</th>"
            + "<th class=\"n\">change</th><th class=\"n\">noise</th><th>verdict</th></tr></thead>\n<tbody>\n");
        foreach (var change in moved)
        {
            html.Open("tr", $"data-verdict=\"{Words.Of(change.Verdict).Word}\"").Element("td", change.Group.Name).Element("td", change.Now.Name);
            html.Element("td", Figures.WithUnit(change.Before!.Value, change.Before.Unit), "class=\"n\"");
            html.Element("td", change.Verdict == Verdict.Gone ? "" : Figures.WithUnit(change.Now.Value, change.Now.Unit), "class=\"n\"");
            html.Element("td", change.Verdict != Verdict.Gone && change.Ratio is { } ratio ? Figures.Percent(ratio) : "", "class=\"n\"");
            html.Element("td", change.Noise > 0 ? $"± {Figures.Text(change.Noise)}" : "", "class=\"n\"");
            html.Open("td").Mark(Words.Of(change.Verdict)).Text(change.Why.Length > 0 ? $" {change.Why}" : "").Close("td").Close("tr");
        }
        html.Raw("</tbody></table></div>\n");
    }
}
