using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Sluice.Host.Metrics;

namespace Sluice.Tests.Host.Metrics;

public sealed class EngineMetricsTests
{
    [Fact]
    public void SaysOneInstantInTheTextFormat()
    {
        var snapshots = 0;
        using var metrics = new EngineMetrics(new FakeEngine { OnSnapshot = () => snapshots++ }, new(), new(), new());

        var text = metrics.Scrape();

        Assert.Equal(1, snapshots);
        Assert.Contains("""
            # HELP sluice_source_received_packets_total Packets taken from this source.
            # TYPE sluice_source_received_packets_total counter
            sluice_source_received_packets_total{channel="news",source="rtp://10.0.0.7@232.1.1.1:5004?iface=eth0"} 475
            sluice_source_received_packets_total{channel="news",source="rtp://10.0.0.8@232.1.1.1:5004?iface=eth1"} 474
            """.ReplaceLineEndings("\n"), text);
        Assert.Contains("# TYPE sluice_burst_peak_to_mean gauge\n", text);
        Assert.Contains("sluice_alarms{severity=\"critical\"} 1\n", text);
        Assert.Contains("sluice_uptime_seconds 7201\n", text);
        Assert.Contains("sluice_channel_client_jitter_seconds{channel=\"news\",quantile=\"0.9\"} 0.0015\n", text);
        Assert.DoesNotContain("client_jitter_seconds{channel=\"sports\"", text); // nobody reports: no figure
        Assert.DoesNotContain("10.1.0.1", text); // clients are no labels
        Assert.All(text.TrimEnd('\n').Split('\n'), line => Assert.Matches(
            @"^(# (HELP|TYPE) [a-z0-9_]+ .+|[a-z_][a-z0-9_]*(\{[a-z]+=""([^""\\]|\\[\\""n])*""(,[a-z]+=""([^""\\]|\\[\\""n])*"")*\})? (NaN|[+-]?[0-9.E+-]+))$", line));
    }

    [Fact]
    public void EscapesLabels()
    {
        using var meter = new Meter("test");
        meter.CreateObservableGauge("g", () => new Measurement<long>(1, new KeyValuePair<string, object?>("l", "a\"b\\c\nd")), description: "d");

        Assert.Equal("# HELP g d\n# TYPE g gauge\ng{l=\"a\\\"b\\\\c\\nd\"} 1\n", new PrometheusText(meter).Scrape());
    }

    [Fact]
    public void BoundsTheSeries()
    {
        using var meter = new Meter("test");
        meter.CreateObservableGauge("g", () => Enumerable.Range(0, 5000).Select(i => new Measurement<long>(1, new KeyValuePair<string, object?>("l", $"{i}"))), description: "d");

        Assert.Equal(PrometheusText.SeriesMax, Regex.Count(new PrometheusText(meter).Scrape(), "^g\\{", RegexOptions.Multiline));
    }
}
