using System.Diagnostics;

namespace Sluice.Tests.Host.Web;

/// <summary>The status page as a browser shows it: headless Chromium runs its script against the real routes.</summary>
public sealed class StatusPageTests(WebFixture web) : IClassFixture<WebFixture>
{
    [Fact]
    public async Task RendersTheEngineWithoutAConsoleError()
    {
        var (dom, log) = await BrowseAsync("--dump-dom", "--window-size=1280,1400");

        Assert.Contains("data-ready=\"yes\"", dom);
        Assert.DoesNotContain("CONSOLE", log);
        Assert.Contains("1 channel is offline", dom);
        Assert.Contains("silent for 3,600 s", dom);
        Assert.Contains("never heard", dom);
        Assert.Contains("the server refuses the user or the password; next try in 43 s", dom);
        Assert.Contains("8Mbit/s constant", dom);
        Assert.Contains("10.1.0.1:6000", dom);
        Assert.Contains("the first 200 of 300", dom);
        Assert.Contains("rtp://10.0.0.8@232.1.1.1:5004?iface=eth1", dom);
        Assert.Contains("aria-label=\"Packets per millisecond: at most 15", dom);
    }

    [Fact]
    public async Task ShowsTextOfTheWorldAsText()
    {
        var (dom, _) = await BrowseAsync("--dump-dom");

        Assert.Contains("odd&lt;img src=x", dom);
        Assert.Contains("&lt;b&gt;now&lt;/b&gt;", dom);
        Assert.DoesNotContain("<img", dom);
    }

    [Theory]
    [InlineData("wide", "--window-size=1280,1500", "")]
    [InlineData("dark", "--window-size=1280,1500", "--blink-settings=preferredColorScheme=0")]
    [InlineData("phone", "--window-size=500,1500", "")]
    public async Task DrawsAPicture(string name, string size, string scheme)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("sluice-page-").FullName, $"status-{name}.png");
        await BrowseAsync([$"--screenshot={file}", size, .. scheme.Length > 0 ? [scheme] : Array.Empty<string>()]);

        // A blank page of this size is 10 KB; the picture and 200 rows are far more.
        Assert.True(new FileInfo(file).Length > 40_000, $"{file} is nearly empty");
        if (Environment.GetEnvironmentVariable("SLUICE_SCREENSHOTS") is { Length: > 0 } keep)
            File.Copy(file, Path.Combine(keep, Path.GetFileName(file)), overwrite: true);
    }

    private async Task<(string Output, string Log)> BrowseAsync(params string[] options)
    {
        var profile = Directory.CreateTempSubdirectory("sluice-chromium-");
        try
        {
            var start = new ProcessStartInfo("chromium",
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-dev-shm-usage", "--hide-scrollbars", "--enable-logging=stderr", $"--user-data-dir={profile.FullName}", "--virtual-time-budget=4000",
                .. options, web.Admin.BaseAddress!.ToString(),
            ])
            { RedirectStandardOutput = true, RedirectStandardError = true };
            using var chromium = Process.Start(start)!;
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
            var output = chromium.StandardOutput.ReadToEndAsync(limit.Token);
            var log = chromium.StandardError.ReadToEndAsync(limit.Token);
            try
            {
                await chromium.WaitForExitAsync(limit.Token);
                return (await output, await log);
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
