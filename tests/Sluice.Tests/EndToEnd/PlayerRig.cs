using System.Net;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Players;

namespace Sluice.Tests.EndToEnd;

/// <summary>Every player driver at work at the same time, on streams that come from ffmpeg through relays with one loss profile.</summary>
internal static class PlayerRig
{
    private const string Group = "239.77.12.";

    public static async Task<PlayReport[]> PlayAllAsync(LossProfile profile, int seconds, int groupBase)
    {
        var ports = FreePorts.Pairs(12);
        IPEndPoint To(int i, bool multicast = false) => new(IPAddress.Parse(multicast ? $"{Group}{groupBase + i}" : "127.0.0.1"), ports[i]);
        string GroupOf(int i) => $"{Group}{groupBase + i}";

        using var rtsp = new RtspStub(profile);
        using var rtp = new LossyRelay((To(0), profile), (To(1), profile), (To(2), profile),
            (To(3, true), profile), (To(4, true), profile), (To(5, true), profile), (new(IPAddress.Loopback, rtsp.Relay.Port), LossProfile.None));
        using var udp = new LossyRelay((To(6), profile), (To(7), profile), (To(8), profile),
            (To(9, true), profile), (To(10, true), profile), (To(11, true), profile));
        await using var rtpPusher = await Pusher.RtpTsAsync("127.0.0.1", rtp.Port);
        await using var udpPusher = await Pusher.UdpTsAsync("127.0.0.1", udp.Port);

        return await Task.WhenAll(
            FfmpegPlayer.RtpAsync("127.0.0.1", ports[0], seconds), GStreamerPlayer.RtpAsync("127.0.0.1", ports[1], seconds),
            VlcPlayer.RtpAsync(null, ports[2], seconds),
            FfmpegPlayer.RtpAsync(GroupOf(3), ports[3], seconds), GStreamerPlayer.RtpAsync(GroupOf(4), ports[4], seconds),
            VlcPlayer.RtpAsync(GroupOf(5), ports[5], seconds),
            FfmpegPlayer.UdpAsync("127.0.0.1", ports[6], seconds), GStreamerPlayer.UdpAsync("127.0.0.1", ports[7], seconds),
            VlcPlayer.UdpAsync(null, ports[8], seconds),
            FfmpegPlayer.UdpAsync(GroupOf(9), ports[9], seconds), GStreamerPlayer.UdpAsync(GroupOf(10), ports[10], seconds),
            VlcPlayer.UdpAsync(GroupOf(11), ports[11], seconds),
            FfmpegPlayer.RtspUdpAsync(rtsp.Url, seconds), FfmpegPlayer.RtspTcpAsync(rtsp.Url, seconds),
            GStreamerPlayer.RtspUdpAsync(rtsp.Url, seconds), GStreamerPlayer.RtspTcpAsync(rtsp.Url, seconds),
            VlcPlayer.RtspAsync(rtsp.Url, seconds));
    }
}
