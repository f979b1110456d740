using System.Globalization;
using System.Text.Json;
using Sluice.Dashboard.Results;

namespace Sluice.Dashboard.Reading;

/// <summary>The JSON of Sluice.Scenarios: one file a scenario, rows of figures and the series of its pictures.</summary>
internal static class ScenarioReport
{
    public static bool Is(JsonElement root) => root.Text("scenario").Length > 0 && root.Child("rows").ValueKind == JsonValueKind.Array;

    public static ResultGroup Read(JsonElement root, Action<string> problem)
    {
        var rows = new List<Measurement>();
        foreach (var row in root.Items("rows"))
        {
            if (row.Text("name").Length > 0 && row.Number("value") is { } value)
                rows.Add(Row(row, value));
            else
                problem($"the row \"{row.Text("name", "without a name")}\" has no value");
        }
        return new ResultGroup(GroupKind.Scenario, root.Text("scenario"), rows)
        {
            Command = root.Text("command"),
            Series = [.. root.Items("series").Select(ReadSeries).Where(series => series.Points.Count > 0)],
        };
    }

    public static Machine Machine(JsonElement root)
    {
        var machine = root.Child("machine");
        return new Machine(machine.Text("cpu", "unknown"), (int)(machine.Number("cores") ?? 0), machine.Text("kernel", "unknown"));
    }

    public static DateTimeOffset? Date(JsonElement root) =>
        DateTimeOffset.TryParse(root.Text("date"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date : null;

    private static Measurement Row(JsonElement row, double value) => new()
    {
        Name = row.Text("name"),
        Unit = row.Text("unit"),
        Value = value,
        Low = row.Number("min") ?? value,
        High = row.Number("max") ?? value,
        Rounds = (int)(row.Number("rounds") ?? 0),
        Loss = row.Number("loss"),
        Target = row.Number("target"),
        Stretch = row.Number("stretch"),
        Better = row.Text("better") == "higher" ? Better.Higher : Better.Lower,
        Notes = row.Text("notes"),
    };

    private static Series ReadSeries(JsonElement series)
    {
        var points = new List<(double X, double Y)>();
        foreach (var point in series.Items("points"))
            if (point.ValueKind == JsonValueKind.Array && point.GetArrayLength() == 2 && point[0].AsNumber() is { } x && point[1].AsNumber() is { } y)
                points.Add((x, y));
        return new Series(series.Text("name"), series.Text("unit"), points);
    }
}
