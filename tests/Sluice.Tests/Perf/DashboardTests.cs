using System.Diagnostics;
using System.Text.RegularExpressions;
using Sluice.Dashboard.Commands;
using Sluice.Tests.Kit.Processes;

namespace Sluice.Tests.Perf;

/// <summary>The dashboard as a browser shows it, and the builder's verbs as run-bench.sh calls them.</summary>
public sealed class DashboardTests : IDisposable
{
    private const string First = "2026-01-01T10-00-00Z", Second = "2026-01-02T10-00-00Z";

    private readonly ResultFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task DrawsEveryChartAndMarksTheRegression()
    {
        _fixture.Add(First, 10, 1.04).Add(Second, 15, 1.04);
        var (dom, log) = await BrowseAsync(Build());

        Assert.DoesNotContain("CONSOLE", log, StringComparison.Ordinal);
        var charts = Regex.Matches(dom, "<div class=\"chart[^>]*>").Select(match => match.Value).ToArray();
        Assert.Equal(6, charts.Length);     // three trends, two bursts, one distribution
        Assert.All(charts, chart => Assert.Matches("data-points=\"[1-9]", chart));
        Assert.Equal(6, Regex.Count(dom, "<canvas"));
        Assert.Contains("data-charts=\"6\"", dom, StringComparison.Ordinal);
        var worse = Assert.Single(charts, chart => chart.Contains("data-worse=\"1\"", StringComparison.Ordinal));
        Assert.Contains("Parse (Size=188", worse, StringComparison.Ordinal);
        Assert.Contains("1 marked worse", worse, StringComparison.Ordinal);
        Assert.Equal(2, Regex.Count(dom, "<tr data-verdict=\"worse\""));    // in the list of what moved and in its table
    }

    [Fact]
    public async Task RunsWithoutARegressionAreUnmarked()
    {
        _fixture.Add(First, 10, 1.04).Add(Second, 10.2, 1.05);
        var (dom, _) = await BrowseAsync(Build());

        Assert.DoesNotContain("<tr data-verdict=\"worse\"", dom, StringComparison.Ordinal);
        Assert.DoesNotMatch("data-worse=\"[1-9]", dom);
    }

    [Fact]
    public void OnePageNeedsNoNetwork()
    {
        var page = File.ReadAllText(Build(_fixture.Add(First, 10, 1.04)));

        Assert.DoesNotMatch("(src|href)=\"(?!data:)", page);
        Assert.DoesNotMatch("@import|url\\(", page);
        Assert.Contains("Copyright (c) 2022 Leon Sorokin", page, StringComparison.Ordinal);
    }

    [Fact]
    public void TextOfTheWorldStaysText()
    {
        var page = File.ReadAllText(Build(_fixture.Add(First, 10, 1.04)));

        Assert.Contains("Kind=&lt;b&gt;odd", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>odd", page, StringComparison.Ordinal);
    }

    [Fact]
    public void SaysInWordsWhetherATargetIsMet()
    {
        var page = File.ReadAllText(Build(_fixture.Add(First, 10, 1.2).Add(Second, 10, 1.0, loss: 4)));

        Assert.Contains("data-goal=\"not counted: loss\"", page, StringComparison.Ordinal);
        Assert.Contains("data-goal=\"met\"", page, StringComparison.Ordinal);
        Assert.Contains("lost packets, the run before did not", page, StringComparison.Ordinal);
    }

    [Fact]
    public void NamesAFileThatItCannotReadAndGoesOn()
    {
        _fixture.Add(First, 10, 1.04).WriteText(First, "cut.json", "{\"rows\": [");
        var (code, _, error) = Run("build", "--results", _fixture.Root);

        Assert.Equal(0, code);
        Assert.Contains($"skipped: {First}/cut.json", error, StringComparison.Ordinal);
        Assert.Contains($"{First}/cut.json", File.ReadAllText(Path.Combine(_fixture.Root, "dashboard.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void AnEmptyFolderIsAPageThatSaysSo() =>
        Assert.Contains("No results yet", File.ReadAllText(Build()), StringComparison.Ordinal);

    [Theory]
    [InlineData(10.2, false, 0, "0 worse")]
    [InlineData(10.2, true, 0, "0 worse")]
    [InlineData(15, false, 0, "1 worse")]
    [InlineData(15, true, 1, "1 worse")]
    public void ComparePrintsWhatMovedAndIsStrictWhenAsked(double parseNs, bool strict, int exit, string summary)
    {
        _fixture.Add(First, 10, 1.04).Add(Second, parseNs, 1.04);
        var (code, output, _) = Run([.. (string[])["compare", "--results", _fixture.Root], .. strict ? ["--strict"] : Array.Empty<string>()]);

        Assert.Equal(exit, code);
        Assert.Contains(summary, output, StringComparison.Ordinal);
        const string line = "▼ worse  Rtp.HeaderBenchmarks: Parse (Size=188, Kind=<b>odd</b>) 10 → 15 ns (+50 %)";
        Assert.Equal(parseNs > 11, output.Contains(line, StringComparison.Ordinal));
    }

    [Fact]
    public void TheTableCarriesTheMachine()
    {
        var (code, output, _) = Run("table", Path.Combine(_fixture.Add(First, 10, 1.04).Root, First));

        Assert.Equal(0, code);
        Assert.Contains("Test CPU, 2 cores", output, StringComparison.Ordinal);
        Assert.Contains("| fan-out | engine / bare loop | 1.04 | 1.03 – 1.05 (5) | 0 | ≤ 1.1 | ≤ 1.05 | ★ stretch met |  |", output, StringComparison.Ordinal);
    }

    private string Build() => Build(_fixture);

    private static string Build(ResultFixture fixture)
    {
        var page = Path.Combine(fixture.Root, "page.html");
        Assert.Equal(0, Run("build", "--results", fixture.Root, "--out", page).Code);
        return page;
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        return (DashboardCommand.Build().Parse(arguments).Invoke(new() { Output = output, Error = error }), $"{output}", $"{error}");
    }

    private static async Task<(string Dom, string Log)> BrowseAsync(string page)
    {
        var profile = Directory.CreateTempSubdirectory("sluice-chromium-");
        try
        {
            var start = new ProcessStartInfo(Executable.Find("chromium"),
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-dev-shm-usage", "--enable-logging=stderr", $"--user-data-dir={profile.FullName}", "--virtual-time-budget=4000",
                "--window-size=1280,2000", "--dump-dom", $"file://{page}",
            ])
            { RedirectStandardOutput = true, RedirectStandardError = true };
            using var chromium = Process.Start(start)!;
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
            try
            {
                var (dom, log) = (chromium.StandardOutput.ReadToEndAsync(limit.Token), chromium.StandardError.ReadToEndAsync(limit.Token));
                await chromium.WaitForExitAsync(limit.Token);
                return (await dom, await log);
            }
            finally
            {
                if (!chromium.HasExited)
                    chromium.Kill(entireProcessTree: true);
            }
        }
        finally
        {
            profile.Delete(recursive: true);
        }
    }
}
