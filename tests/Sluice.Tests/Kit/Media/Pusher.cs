using Sluice.Tests.Kit.Processes;

namespace Sluice.Tests.Kit.Media;

/// <summary>Plays the test clip live, at its own speed and over and over, as the encoders of the field do.</summary>
internal static class Pusher
{
    private const int TsPacketsPerDatagramBytes = 7 * 188;

    /// <summary>ffmpeg, MPEG-TS over RTP (RFC 2250, payload type 33). <paramref name="address"/> may be a multicast group, sent on loopback.</summary>
    public static Task<ChildProcess> RtpTsAsync(string address, int port) =>
        FfmpegAsync("rtp_mpegts", $"rtp://{address}:{port}?pkt_size={TsPacketsPerDatagramBytes}&localaddr=127.0.0.1", "-map", "0");

    /// <summary>ffmpeg, MPEG-TS straight in UDP, 7 TS packets a datagram.</summary>
    public static Task<ChildProcess> UdpTsAsync(string address, int port) =>
        FfmpegAsync("mpegts", $"udp://{address}:{port}?pkt_size={TsPacketsPerDatagramBytes}&localaddr=127.0.0.1",
            "-map", "0", "-muxrate", $"{TestClip.BitsPerSecond}");

    /// <summary>ffmpeg, the H.264 stream alone over RTP (RFC 6184, payload type 96).</summary>
    public static Task<ChildProcess> RtpH264Async(string address, int port) =>
        FfmpegAsync("rtp", $"rtp://{address}:{port}?pkt_size=1328&localaddr=127.0.0.1", "-map", "0:v", "-bsf:v", "dump_extra");

    /// <summary>GStreamer's payloader, MPEG-TS over RTP. Ends with the clip.</summary>
    public static async Task<ChildProcess> GStreamerRtpTsAsync(string address, int port)
    {
        var clip = await TestClip.PathAsync().ConfigureAwait(false);
        return ChildProcess.Start("gst-launch-1.0",
        [
            "-q", "filesrc", $"location={clip}", "!", "tsparse", "set-timestamps=true", "alignment=7", "!", "rtpmp2tpay", "mtu=1328", "!",
            "udpsink", $"host={address}", $"port={port}", "multicast-iface=lo", "sync=true",
        ]);
    }

    /// <summary>
    /// GStreamer's rtpbin with feedback (RFC 4585), MPEG-TS over RTP; answers NACKs with RTX of payload type 97 (RFC 4588). Sends from a port of its own and
    /// hears RTCP on the one above, as RFC 3550 §11 has it. Ends with the clip.
    /// </summary>
    public static async Task<ChildProcess> GStreamerRtxAsync(int port, int rtpFrom)
    {
        var clip = await TestClip.PathAsync().ConfigureAwait(false);
        return ChildProcess.Start("gst-launch-1.0",
        [
            "-q", "rtpbin", "name=b", "rtp-profile=avpf",
            "filesrc", $"location={clip}", "!", "tsparse", "set-timestamps=true", "alignment=7", "!", "rtpmp2tpay", "mtu=1328", "!",
            "rtprtxsend", "payload-type-map=application/x-rtp-pt-map,33=(uint)97", "max-size-time=1000", "!", "b.send_rtp_sink_0",
            "b.send_rtp_src_0", "!", "udpsink", "host=127.0.0.1", $"port={port}", $"bind-port={rtpFrom}", "sync=true",
            "b.send_rtcp_src_0", "!", "udpsink", "host=127.0.0.1", $"port={port + 1}", "sync=false", "async=false",
            "udpsrc", "address=127.0.0.1", $"port={rtpFrom + 1}", "caps=application/x-rtcp", "!", "b.recv_rtcp_sink_0",
        ]);
    }

    private static async Task<ChildProcess> FfmpegAsync(string format, string url, params string[] mapping)
    {
        var clip = await TestClip.PathAsync().ConfigureAwait(false);
        return ChildProcess.Start("ffmpeg",
            ["-hide_banner", "-nostdin", "-loglevel", "error", "-re", "-stream_loop", "-1", "-i", clip, .. mapping, "-c", "copy", "-f", format, url]);
    }
}
