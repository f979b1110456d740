using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Players;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd;

/// <summary>Encoders push into channels of the published binary over UDP and TCP (ANNOUNCE, RECORD), and players play what they push.</summary>
[Collection(QuietMachine.Name)]
public class PublishTests(ITestOutputHelper output)
{
    private const int Seconds = 4;
    private const int FramesMin = Seconds * TestClip.FramesPerSecond / 2;

    /// <summary>What counts is what a source's packets can come to that is not the way on.</summary>
    private static readonly string[] s_troubles =
        ["lost", "duplicates", "late", "malformed", "wrongPayloadType", "foreignSender", "looped", "oversize", "kernelDrops", "restarts"];

    [Fact]
    public async Task WhatIsPushedIsPlayedWhole()
    {
        string[] channels = ["ffmpeg-udp", "ffmpeg-tcp", "gst-udp", "gst-tcp", "ts"];
        await using var rig = await PublishRig.StartAsync(null, channels);
        await using var one = await Publisher.FfmpegAsync(rig.UrlOf("ffmpeg-udp"), "udp");
        await using var two = await Publisher.FfmpegAsync(rig.UrlOf("ffmpeg-tcp"), "tcp", withSound: false);
        await using var three = await Publisher.GStreamerAsync(rig.UrlOf("gst-udp"), "udp");
        await using var four = await Publisher.GStreamerAsync(rig.UrlOf("gst-tcp"), "tcp");
        await using var five = await Publisher.GStreamerTsAsync(rig.UrlOf("ts"), "tcp");
        await rig.UntilOnlineAsync(channels);

        var ofOne = Task.WhenAll(
            FfmpegPlayer.RtspTcpAsync(rig.UrlOf("ffmpeg-tcp"), Seconds), FfmpegPlayer.RtspUdpAsync(rig.UrlOf("ts"), Seconds),
            GStreamerPlayer.RtspTcpAsync(rig.UrlOf("ts"), Seconds), VlcPlayer.RtspAsync(rig.UrlOf("ts"), Seconds));
        var ofTwo = await Task.WhenAll(
            TwoTrackPlayer.FfmpegAsync(rig.UrlOf("ffmpeg-udp"), "udp", Seconds),
            TwoTrackPlayer.GStreamerAsync(rig.UrlOf("ffmpeg-udp"), "tcp", "rtpmp4gdepay ! aacparse ! avdec_aac", Seconds),
            TwoTrackPlayer.FfmpegAsync(rig.UrlOf("gst-udp"), "tcp", Seconds),
            TwoTrackPlayer.GStreamerAsync(rig.UrlOf("gst-tcp"), "udp", "rtpmp4adepay ! aacparse ! avdec_aac", Seconds));

        foreach (var report in await ofOne)
        {
            output.WriteLine(report.ToString());
            Assert.Null(report.Fault(FramesMin));
        }
        foreach (var report in ofTwo)
        {
            output.WriteLine(report.ToString());
            Assert.Null(report.Fault(FramesMin, soundsMin: Seconds * 20));
        }
        foreach (var channel in channels)
        {
            var source = await rig.PublisherAsync(channel);
            output.WriteLine($"{channel}: {source.ToJsonString()}");
            Assert.Equal((channel, 0), (channel, s_troubles.Sum(trouble => source[trouble]!.GetValue<long>())));
        }
    }
}
