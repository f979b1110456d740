using Sluice.Dashboard.Results;

namespace Sluice.Dashboard.Page;

/// <summary>
/// Turns a scenario's series into pictures by what they are: packets per ms over time stand side by side on one scale,
/// distributions share one chart by percentile, other lines share one chart a unit.
/// </summary>
internal static class Pictures
{
    private enum Kind
    {
        Burst,
        Distribution,
        Line,
    }

    public static IEnumerable<PictureChart> Of(ResultGroup group)
    {
        foreach (var alike in group.Series.GroupBy(series => (Kind: KindOf(series), series.Unit)))
        {
            var series = alike.ToArray();
            var charts = alike.Key.Kind switch
            {
                Kind.Burst => Bursts(series),
                Kind.Distribution => [Distribution(series)],
                _ => [new PictureChart(alike.Key.Unit, "line", "", alike.Key.Unit, null, null, [.. series.Select(Plain)])],
            };
            foreach (var chart in charts)
                yield return chart;
        }
    }

    private static PictureChart[] Bursts(Series[] series)
    {
        var (maxX, maxY) = (series.Max(one => one.Points[^1].X), series.Max(one => one.Points.Max(point => point.Y)));
        return [.. series.Select(one => new PictureChart(one.Name, "burst", "ms", one.Unit, maxX, maxY, [Plain(one)]))];
    }

    private static PictureChart Distribution(Series[] series) =>
        new("Distribution by percentile", "percentile", "share of packets", UnitOfX(series[0].Unit), null, null, [.. series.Select(Tail)]);

    private static Kind KindOf(Series series)
    {
        if (series.Unit.Contains("packets", StringComparison.OrdinalIgnoreCase) || series.Name.Contains("burst", StringComparison.OrdinalIgnoreCase))
            return Kind.Burst;
        return IsDistribution(series) ? Kind.Distribution : Kind.Line;
    }

    // Rises from somewhere to (nearly) 1, or to 100 %: nothing else does.
    private static bool IsDistribution(Series series)
    {
        var y = series.Points.Select(point => point.Y).ToArray();
        var top = y[^1];
        return y.Length > 2 && y[0] >= 0 && (top is > 0.9 and <= 1 || top is > 90 and <= 100) && y.Zip(y.Skip(1)).All(pair => pair.First <= pair.Second);
    }

    // x: how many nines of the packets were at least this quick (1 is 90 %, 2 is 99 %); y: their latency.
    private static PictureLine Tail(Series series)
    {
        var whole = series.Points[^1].Y > 1 ? 100 : 1;
        // The largest of all has no percentile of its own.
        var points = series.Points.Where(point => point.Y < whole).Select(point => new[] { Nines(point.Y / whole), point.X });
        return new PictureLine(series.Name, [.. points.GroupBy(point => point[0], (x, same) => new[] { x, same.Max(point => point[1]) })]);
    }

    private static double Nines(double share) => -Math.Log10(1 - share);

    private static PictureLine Plain(Series series) => new(series.Name, [.. series.Points.Select(point => new[] { point.X, point.Y })]);

    private static string UnitOfX(string unit) => unit is "µs" or "us" or "ns" or "s" ? unit : "ms";
}
