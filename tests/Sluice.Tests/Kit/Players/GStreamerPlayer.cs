using System.Globalization;
using System.Text.RegularExpressions;
using Sluice.Tests.Kit.Processes;

namespace Sluice.Tests.Kit.Players;

/// <summary>
/// gst-launch-1.0 as a client. Frames: what a talkative identity sees behind the decoder. Lost: gaps that reach the
/// depayloader (so behind the jitter buffer, where a late packet is lost too). Continuity: tsdemux. All from its debug log.
/// </summary>
internal static partial class GStreamerPlayer
{
    private const string DebugLevels = "rtpbasedepayload:6,tsdemux:5,libav:1";
    private static readonly string[] s_decode =
        ["tsdemux", "!", "h264parse", "!", "avdec_h264", "!", "identity", "name=frames", "silent=false", "!", "fakesink", "sync=false"];

    public static Task<PlayReport> RtspUdpAsync(string url, int seconds) => RtspAsync("gstreamer/udp", url, "udp", seconds);

    public static Task<PlayReport> RtspTcpAsync(string url, int seconds) => RtspAsync("gstreamer/tcp", url, "tcp", seconds);

    /// <summary>Asks for multicast and nothing else, and joins on loopback.</summary>
    public static Task<PlayReport> RtspMulticastAsync(string url, int seconds) => PlayAsync("gstreamer/udp-mcast", url, seconds,
        ["rtspsrc", $"location={url}", "protocols=udp-mcast", "multicast-iface=lo", "latency=300", "!", "rtpmp2tdepay", "!"]);

    /// <summary>Over TLS, whoever signed the certificate.</summary>
    public static Task<PlayReport> RtspTlsAsync(string url, int seconds) => PlayAsync("gstreamer/tls", url, seconds,
        ["rtspsrc", $"location={url}", "protocols=tcp", "tls-validation-flags=0", "latency=300", "!", "rtpmp2tdepay", "!"]);

    /// <summary>Over UDP, and whether it asks for lost packets (RFC 4585) and takes RTX (RFC 4588) where the description offers them.</summary>
    public static Task<PlayReport> RtspFeedbackAsync(string url, bool asks, int latencyMs, int seconds) =>
        PlayAsync(asks ? "gstreamer/rtx" : "gstreamer/udp", url, seconds,
        [
            "rtspsrc", $"location={url}", "protocols=udp", $"do-retransmission={(asks ? "true" : "false")}", $"latency={latencyMs}", "!", "rtpmp2tdepay", "!",
        ]);

    public static Task<PlayReport> RtpAsync(string address, int port, int seconds) => PlayAsync("gstreamer", $"rtp://{address}:{port}", seconds,
    [
        .. UdpSource(address, port, "application/x-rtp,media=video,clock-rate=90000,encoding-name=MP2T,payload=33"),
        "rtpjitterbuffer", "latency=300", "do-lost=true", "!", "rtpmp2tdepay", "!",
    ]);

    /// <summary>An rtpbin with RTCP on the port above, which asks for lost packets (RFC 4585) or not; its own RTCP goes to a local port.</summary>
    public static Task<PlayReport> RtpFeedbackAsync(int port, int rtcpTo, bool nack, int latencyMs, int seconds) =>
        PlayAsync(nack ? "gstreamer/nack" : "gstreamer", $"rtp://127.0.0.1:{port}", seconds,
        [
            "rtpbin", "name=b", "rtp-profile=avpf", $"do-retransmission={(nack ? "true" : "false")}", $"latency={latencyMs}", "do-lost=true",
            .. UdpSource("127.0.0.1", port,
                "application/x-rtp,media=video,clock-rate=90000,encoding-name=MP2T,payload=33,rtcp-fb-nack=(boolean)true"), "b.recv_rtp_sink_0",
            .. UdpSource("127.0.0.1", port + 1, "application/x-rtcp"), "b.recv_rtcp_sink_0",
            "b.send_rtcp_src_0", "!", "udpsink", "host=127.0.0.1", $"port={rtcpTo}", "sync=false", "async=false",
            "b.", "!", "rtpmp2tdepay", "!",
        ]);

    public static Task<PlayReport> UdpAsync(string address, int port, int seconds) => PlayAsync("gstreamer", $"udp://{address}:{port}", seconds,
        UdpSource(address, port, "video/mpegts,systemstream=true,packetsize=188"));

    public static Task<PlayReport> HttpAsync(string url, int seconds) => PlayAsync("gstreamer/http", url, seconds,
        ["souphttpsrc", $"location={url}", "is-live=true", "!", "video/mpegts,systemstream=true,packetsize=188", "!"]);

    private static Task<PlayReport> RtspAsync(string name, string url, string protocol, int seconds) => PlayAsync(name, url, seconds,
        ["rtspsrc", $"location={url}", $"protocols={protocol}", "latency=300", "!", "rtpmp2tdepay", "!"]);

    private static string[] UdpSource(string address, int port, string caps) =>
        ["udpsrc", $"address={address}", $"port={port}", "multicast-iface=lo", "buffer-size=1048576", $"caps={caps}", "!"];

    private static async Task<PlayReport> PlayAsync(string name, string url, int seconds, string[] source)
    {
        var counter = new Counter();
        await using var gst = ChildProcess.Start("gst-launch-1.0", ["-v", .. source, .. s_decode], counter.Read,
            [new("GST_DEBUG", DebugLevels), new("GST_DEBUG_NO_COLOR", "1")]);
        try
        {
            await gst.WaitForLineAsync("decoded frame", Counter.IsFrame, TimeSpan.FromSeconds(20)).ConfigureAwait(false);
            await Task.WhenAny(gst.WaitForExitAsync(TimeSpan.FromSeconds(seconds + 5)), Task.Delay(TimeSpan.FromSeconds(seconds))).ConfigureAwait(false);
        }
        catch (ChildProcessException)
        {
            // No picture at all: the report says 0 frames and carries the log.
        }
        var report = new PlayReport(name, url, counter.Frames, counter.Lost, counter.Continuity, counter.DecodeErrors, gst.Output.Tail());
        gst.Signal(Signals.Interrupt);   // rtspsrc sends TEARDOWN on its way out; disposing ends it if that gets no answer
        await Eventually.HappenedAsync(TimeSpan.FromSeconds(5), () => gst.HasExited).ConfigureAwait(false);
        return report;
    }

    /// <summary>Reads the log of GStreamer 1.22 (gstidentity.c, gstrtpbasedepayload.c, tsdemux.c, gstavviddec.c).</summary>
    private sealed partial class Counter
    {
        public int Frames { get; private set; }
        public int Lost { get; private set; }
        public int Continuity { get; private set; }
        public int DecodeErrors { get; private set; }

        public static bool IsFrame(string text) =>
            text.Contains("GstIdentity:frames: last-message = chain", StringComparison.Ordinal);

        public void Read(OutputLine line)
        {
            var text = line.Text;
            if (IsFrame(text)) Frames++;
            else if (Missing().Match(text) is { Success: true } missing)
                Lost += Math.Abs(int.Parse(missing.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
            else if (text.Contains("CONTINUITY: Mismatch", StringComparison.Ordinal)) Continuity++;
            // avdec_h264 gets no data before the first keyframe: h264parse holds it back until SPS and PPS are there.
            else if (Frames > 0 && text.Contains(" libav ", StringComparison.Ordinal)) DecodeErrors++;
        }

        [GeneratedRegex(@"rtpbasedepayload .*> (-?\d+) missing packets")]
        private static partial Regex Missing();
    }
}
