using System.Text.Json.Nodes;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Players;
using Sluice.Tests.Kit.Processes;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd;

/// <summary>The published binary's TLS door with real players, redirects with real players, and every port with what it does not speak.</summary>
[Collection(QuietMachine.Name)]
public class RtspsTests(ITestOutputHelper output)
{
    private const int Seconds = 3;
    private readonly int _tlsPort = FreePorts.One(), _httpPort = FreePorts.One();

    private async Task<EngineRig> StartAsync()
    {
        var rig = new EngineRig();
        return await EngineRig.StartAsync(new EnginePlan { Change = root => Change(root, rig) }, rig);
    }

    private void Change(JsonObject root, EngineRig rig)
    {
        var (certificate, key) = TestCertificate.Write(TestFolder.Create("tls"), "localhost");
        root["rtsps"] = new JsonObject { ["listen"] = $"127.0.0.1:{_tlsPort}", ["certificate"] = certificate, ["key"] = key };
        root["http"]!["listen"] = $"127.0.0.1:{_httpPort}";
        root["users"] = new JsonObject { ["anna"] = new JsonObject { ["password"] = "sesame" } };
        root["redirects"] = new JsonObject { ["old"] = rig.RtspUrl };
        root["channels"]!["inner"] = new JsonObject { ["sources"] = new JsonArray($"rtp://@:{FreePorts.Pair()}"), ["read"] = new JsonArray("anna") };
    }

    [Fact]
    public async Task PlayersPlayOverTlsAndFollowRedirects()
    {
        await using var rig = await StartAsync();
        await using var pusher = await Pusher.RtpTsAsync("127.0.0.1", rig.SourcePort);
        var tls = $"rtsps://127.0.0.1:{_tlsPort}/{EngineRig.Channel}";
        var old = rig.RtspUrl.Replace(EngineRig.Channel, "old", StringComparison.Ordinal);

        var reports = await Task.WhenAll(
            FfmpegPlayer.RtspTcpAsync(tls, Seconds), GStreamerPlayer.RtspTlsAsync(tls, Seconds),
            FfmpegPlayer.RtspUdpAsync(old, Seconds), GStreamerPlayer.RtspTcpAsync(old, Seconds));

        foreach (var report in reports)
        {
            output.WriteLine(report.ToString());
            Assert.Null(report.Fault(Seconds * TestClip.FramesPerSecond / 2));
        }
    }

    [Fact]
    public async Task BasicIsOfferedInsideTlsOnly()
    {
        await using var rig = await StartAsync();
        using var plain = await RtspDialogue.ConnectAsync(rig.RtspPort);
        var asked = await plain.AskAsync("DESCRIBE", $"rtsp://127.0.0.1:{rig.RtspPort}/inner");
        Assert.Equal((401, false), (asked.Status, asked.Header("WWW-Authenticate").Contains("Basic", StringComparison.Ordinal)));

        await using var openssl = ChildProcess.Start("openssl", ["s_client", "-quiet", "-verify_quiet", "-connect", $"127.0.0.1:{_tlsPort}"]);
        await openssl.Input.WriteAsync($"DESCRIBE rtsps://127.0.0.1:{_tlsPort}/inner RTSP/1.0\r\nCSeq: 1\r\n\r\n");
        await openssl.Input.FlushAsync();
        await openssl.WaitForLineAsync("Basic challenge",
            line => line.StartsWith("WWW-Authenticate: Basic realm=", StringComparison.Ordinal), TimeSpan.FromSeconds(10));
    }

    /// <summary>X23.</summary>
    [Fact]
    public async Task EveryPortClosesOnWhatItDoesNotSpeakAndGoesOn()
    {
        await using var rig = await StartAsync();
        var random = new byte[2000];
        new Random(23).NextBytes(random);
        random[0] = 0x80;
        byte[][] strangers =
        [
            [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3, .. random[..600]], "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray(), random,
            "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"u8.ToArray(), "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"u8.ToArray(),
        ];
        foreach (var port in new[] { rig.RtspPort, _tlsPort, _httpPort })
            for (var i = 0; i < strangers.Length; i++)
            {
                if (port == rig.RtspPort && i == 3)
                    continue;                                  // that is its language
                using var client = await RtspDialogue.ConnectAsync(port);
                await client.SendRawAsync(strangers[i]);
                Assert.True(await client.IsClosedByServerAsync(TimeSpan.FromSeconds(15)), $"stranger {i} on port {port} was left open");
            }
        using var after = await RtspDialogue.ConnectAsync(rig.RtspPort);
        Assert.Equal(200, (await after.AskAsync("OPTIONS", rig.RtspUrl)).Status);
        var metrics = await rig.Sluice.GetTextAsync("/metrics");
        Assert.Contains("sluice_rtsp_wrong_protocol_total{listener=\"rtsp\",spoke=\"tls\"} 1", metrics);
        Assert.Contains("sluice_rtsp_wrong_protocol_total{listener=\"rtsp\",spoke=\"http\"} 2", metrics);
        Assert.Contains("sluice_rtsp_wrong_protocol_total{listener=\"rtsps\",spoke=\"other\"} 4", metrics);
        Assert.Contains("sluice_rtsp_wrong_protocol_total{listener=\"rtsps\",spoke=\"bad tls\"} 1", metrics);
        Assert.DoesNotContain("xception", rig.Sluice.Child.Output.Tail(1000));
    }
}
