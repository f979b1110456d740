using System.Text.Json.Serialization;

namespace Sluice.Dashboard.Page;

/// <summary>What the page's script draws: it stands in the page as JSON.</summary>
internal sealed record ChartData(IReadOnlyList<RunLabel> Runs, IReadOnlyList<TrendChart> Trends, IReadOnlyList<PictureChart> Pictures);

/// <param name="Label">Date and time.</param>
/// <param name="Note">Commit, mode, machine.</param>
internal sealed record RunLabel(string Label, string Note);

/// <summary>One figure over the runs.</summary>
internal sealed record TrendChart(string Name, string Unit, double? Target, double? Stretch, IReadOnlyList<TrendPoint> Points);

/// <param name="Run">Index into the runs.</param>
/// <param name="Mark"><c>worse</c>, <c>better</c>, <c>loss</c> or empty.</param>
/// <param name="Other">Measured on another machine than the newest run: shown, not joined.</param>
internal sealed record TrendPoint(int Run, double Value, double Low, double High, string Mark, bool Other);

/// <param name="Kind"><c>burst</c>, <c>percentile</c> or <c>line</c>.</param>
/// <param name="MaxX">Common end of the axis of pictures that stand side by side; null: each its own.</param>
internal sealed record PictureChart(string Name, string Kind, string UnitX, string UnitY, double? MaxX, double? MaxY, IReadOnlyList<PictureLine> Lines);

internal sealed record PictureLine(string Name, IReadOnlyList<double[]> Points);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ChartData))]
internal sealed partial class ChartJson : JsonSerializerContext;
