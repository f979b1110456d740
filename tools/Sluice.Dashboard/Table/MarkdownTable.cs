using System.Text;
using Sluice.Dashboard.Comparing;
using Sluice.Dashboard.Page;
using Sluice.Dashboard.Results;

namespace Sluice.Dashboard.Table;

/// <summary>One run as one Markdown table, under a head that says where and how it was measured.</summary>
internal static class MarkdownTable
{
    public static string Of(StoredRun run)
    {
        var text = new StringBuilder();
        text.Append($"# {run.DateText} UTC{(run.Mode.Length > 0 ? $", {run.Mode}" : "")}\n\n");
        text.Append($"- processor: {Cell(run.Machine.Cpu)}, {run.Machine.Cores} cores\n- kernel: {Cell(run.Machine.Kernel)}\n");
        text.Append($"- commit: {Cell(run.Commit)}\n- flags: {Cell(run.Flags)}\n\n");
        text.Append("| where | figure | median | min – max (rounds) | lost | target | stretch | goal | notes |\n|---|---|---:|---:|---:|---:|---:|---|---|\n");
        foreach (var group in run.Groups.OrderByDescending(group => group.Kind).ThenBy(group => group.Name, StringComparer.Ordinal))
            foreach (var one in group.Measurements)
                Row(text, group, one);
        return text.ToString();
    }

    private static void Row(StringBuilder text, ResultGroup group, Measurement one)
    {
        var (shape, word, _) = Words.Of(one.GoalOf());
        string[] cells =
        [
            group.Name, one.Name, Figures.WithUnit(one.Value, one.Unit),
            $"{Figures.Text(one.Low)} – {Figures.Text(one.High)} ({one.Rounds})", one.Loss is { } loss ? Figures.Text(loss) : "",
            Figures.Bound(one, one.Target), Figures.Bound(one, one.Stretch), one.Target is null ? "" : $"{shape} {word}",
            one.Notes + (one.AllocatedBytes >= 1 ? $" allocates {one.AllocatedBytes:0} B" : ""),
        ];
        text.Append("| ").AppendJoin(" | ", cells.Select(Cell)).Append(" |\n");
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ").Trim();
}
