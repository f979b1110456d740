using Sluice.Dashboard.Comparing;
using Sluice.Dashboard.Results;

namespace Sluice.Dashboard.Page;

/// <summary>One scenario or one class of benchmarks: its table, its pictures, and a trend for each figure.</summary>
internal sealed class GroupWriter(
    Html html, IReadOnlyList<StoredRun> runs, IReadOnlyList<IReadOnlyList<Change>> changes, List<TrendChart> trends, List<PictureChart> pictures)
{
    public void Write(LatestGroup latest)
    {
        html.Open("article").Element("h3", latest.Group.Name);
        if (latest.Group.Command.Length > 0)
            html.Element("p", latest.Group.Command, "class=\"command\"");
        Table(latest);
        foreach (var picture in Pictures.Of(latest.Group).GroupBy(picture => picture.Kind))
            PictureRow([.. picture]);
        html.Open("details", MeasuredBefore(latest.Group) ? "open" : "").Element("summary", "Over the stored runs").Open("div", "class=\"grid\"");
        foreach (var row in latest.Rows)
            Trend(latest.Group, row);
        html.Close("div").Close("details").Close("article");
    }

    private bool MeasuredBefore(ResultGroup group) => runs.Count(run => run.Group(group.Kind, group.Name) is not null) > 1;

    private void Table(LatestGroup latest)
    {
        var loss = latest.Rows.Any(row => row.One.Loss is not null);
        var allocated = latest.Rows.Any(row => row.One.AllocatedBytes is not null);
        var goals = latest.Rows.Any(row => row.One.Target is not null);
        var notes = latest.Rows.Any(row => Notes(latest, row).Length > 0);
        html.Raw("<div class=\"scroll\"><table>\n<thead><tr><th>figure</th><th class=\"n\">median</th><th class=\"n\">of its rounds</th>");
        html.Raw(loss ? "<th class=\"n\">lost</th>" : "").Raw(allocated ? "<th class=\"n\">allocated</th>" : "");
        html.Raw(goals ? "<th class=\"n\">target</th><th class=\"n\">stretch</th><th class=\"n\">of target</th><th>goal</th>" : "");
        html.Raw("<th>since before</th>").Raw(notes ? "<th>notes</th>" : "").Raw("</tr></thead>\n<tbody>\n");
        foreach (var row in latest.Rows)
        {
            html.Open("tr", $"data-verdict=\"{Words.Of(row.Change.Verdict).Word}\" data-goal=\"{Words.Of(row.One.GoalOf()).Word}\"");
            Figure(row.One);
            if (loss)
                Number(row.One.Loss is { } lost ? Figures.Text(lost) : "");
            if (allocated)
                Number(row.One.AllocatedBytes is { } bytes ? $"{Figures.Text(bytes)} B" : "");
            if (goals)
                GoalCells(row.One);
            html.Open("td").Mark(Words.Of(row.Change.Verdict), Moved(row.Change)).Close("td");
            if (notes)
                html.Element("td", Notes(latest, row), "class=\"notes\"");
            html.Close("tr");
        }
        html.Raw("</tbody></table></div>\n");
    }

    private static string Moved(Change change) =>
        change.Why.Length > 0 ? $": {change.Why}" : change.Ratio is { } ratio ? $" {Figures.Percent(ratio)}" : "";

    private void Figure(Measurement one)
    {
        html.Element("td", one.Name);
        Number(Figures.WithUnit(one.Value, one.Unit));
        Number(one.Rounds > 1 || one.High > one.Low ? $"{Figures.Text(one.Low)} – {Figures.Text(one.High)}{(one.Rounds > 0 ? $" ({one.Rounds})" : "")}" : "");
    }

    private void GoalCells(Measurement one)
    {
        Number(Figures.Bound(one, one.Target));
        Number(Figures.Bound(one, one.Stretch));
        Number(one.Target is { } target and not 0 ? $"{Figures.Text(one.Value / target)} ×" : "");
        html.Open("td");
        if (one.Target is not null)
            html.Mark(Words.Of(one.GoalOf()));
        html.Close("td");
    }

    private void Number(string text) => html.Element("td", text, "class=\"n\"");

    private static string Notes(LatestGroup latest, LatestRow row) =>
        row.Run == latest.Run ? row.One.Notes : $"{row.One.Notes} (from the full run of {row.Run.DateText})".Trim();

    private void PictureRow(IReadOnlyList<PictureChart> row)
    {
        html.Open("div", "class=\"grid pictures\"");
        foreach (var picture in row)
        {
            html.Open("figure").Element("figcaption", $"{picture.Name}{(picture.UnitY.Length > 0 ? $", {picture.UnitY}" : "")}");
            var points = picture.Lines.Sum(line => line.Points.Count);
            var label = Html.Attribute("aria-label", $"{picture.Name}: {string.Join(", ", picture.Lines.Select(line => line.Name))}; {points} points");
            html.Open("div", $"class=\"chart picture\" role=\"img\" data-picture=\"{pictures.Count}\" {label}").Close("div").Close("figure");
            pictures.Add(picture);
        }
        html.Close("div");
    }

    private void Trend(ResultGroup group, LatestRow row)
    {
        var trend = Trends.Of(runs, changes, group, row.One);
        var worse = trend.Points.Count(point => point.Mark == "worse");
        html.Open("figure").Open("figcaption").Text($"{trend.Name}{(trend.Unit.Length > 0 ? $", {trend.Unit}" : "")}");
        if (worse > 0)
            html.Mark(Words.Of(Verdict.Worse), worse > 1 ? $" {worse} times" : "");
        html.Close("figcaption");
        var now = Figures.WithUnit(row.One.Value, row.One.Unit);
        var label = Html.Attribute("aria-label", $"{group.Name} {trend.Name}: {now} now, {trend.Points.Count} runs, {worse} marked worse");
        html.Open("div", $"class=\"chart trend\" role=\"img\" data-trend=\"{trends.Count}\" {label}").Close("div").Close("figure");
        trends.Add(trend);
    }
}
