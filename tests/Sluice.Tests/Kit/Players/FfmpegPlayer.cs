using System.Globalization;
using System.Text.RegularExpressions;
using Sluice.Tests.Kit.Processes;

namespace Sluice.Tests.Kit.Players;

/// <summary>ffmpeg as a client: plays a URL for so many seconds of media and counts from its debug log and progress reports.</summary>
internal static partial class FfmpegPlayer
{
    private static readonly TimeSpan s_startUpMax = TimeSpan.FromSeconds(20);

    public static Task<PlayReport> RtspUdpAsync(string url, int seconds) => PlayAsync("ffmpeg/udp", url, seconds, "-rtsp_transport", "udp");

    public static Task<PlayReport> RtspTcpAsync(string url, int seconds) => PlayAsync("ffmpeg/tcp", url, seconds, "-rtsp_transport", "tcp");

    /// <summary>By RTSP over TCP, and first goes to so many seconds from the beginning (PAUSE, PLAY with a Range).</summary>
    public static Task<PlayReport> SeekAsync(string url, int toSeconds, int seconds) =>
        PlayAsync($"ffmpeg/seek {toSeconds}", url, seconds, "-rtsp_transport", "tcp", "-ss", $"{toSeconds}");

    /// <summary>Joins where the route to the group goes.</summary>
    public static Task<PlayReport> RtspMulticastAsync(string url, int seconds) =>
        PlayAsync("ffmpeg/udp_multicast", url, seconds, "-rtsp_transport", "udp_multicast");

    /// <summary>Unicast <c>rtp://127.0.0.1:port</c> or multicast on loopback; MPEG-TS over RTP needs no SDP.</summary>
    public static Task<PlayReport> RtpAsync(string address, int port, int seconds) =>
        PlayAsync("ffmpeg", $"rtp://{address}:{port}?localaddr=127.0.0.1&buffer_size=1048576", seconds);

    public static Task<PlayReport> UdpAsync(string address, int port, int seconds) =>
        PlayAsync("ffmpeg", $"udp://{address}:{port}?localaddr=127.0.0.1&reuse=1&buffer_size=1048576", seconds);

    /// <summary>MPEG-TS over HTTP; not again when it ends, so that an end is seen.</summary>
    public static Task<PlayReport> HttpAsync(string url, int seconds) => PlayAsync("ffmpeg/http", url, seconds);

    /// <summary>An SDP file, for payloads that are not self-describing (H.264).</summary>
    public static Task<PlayReport> SdpFileAsync(string path, int seconds) =>
        PlayAsync("ffmpeg", path, seconds, "-protocol_whitelist", "file,rtp,udp");

    private static async Task<PlayReport> PlayAsync(string name, string url, int seconds, params string[] inputOptions)
    {
        var counter = new Counter();
        await using var ffmpeg = ChildProcess.Start("ffmpeg",
        [
            "-hide_banner", "-nostdin", "-loglevel", "repeat+level+debug", "-nostats", "-progress", "pipe:1",
            .. inputOptions, "-i", url, "-t", $"{seconds}", "-map", "0:v:0", "-f", "null", "-",
        ], counter.Read);
        try
        {
            await ffmpeg.WaitForExitAsync(s_startUpMax + TimeSpan.FromSeconds(seconds)).ConfigureAwait(false);
        }
        catch (ChildProcessException)
        {
            // The stream dried up: the frames it had until now are the answer, and too few of them fail the test.
            await ffmpeg.StopAsync(Signals.Kill, TimeSpan.FromSeconds(5)).ConfigureAwait(false);
        }
        return new PlayReport(name, url, counter.Frames, counter.Lost, counter.Continuity, counter.DecodeErrors, ffmpeg.Output.Tail());
    }

    /// <summary>Reads the log of ffmpeg 5.1 (libavformat/rtpdec.c, mpegts.c; libavcodec/h264*.c).</summary>
    private sealed partial class Counter
    {
        private bool _mainDecodeBegan, _keyframeSeen;

        public int Frames { get; private set; }
        public int Lost { get; private set; }
        public int Continuity { get; private set; }
        public int DecodeErrors { get; private set; }

        public void Read(OutputLine line)
        {
            var text = line.Text;
            if (!line.IsError)
            {
                if (text.StartsWith("frame=", StringComparison.Ordinal)) Frames = int.Parse(text.AsSpan(6), CultureInfo.InvariantCulture);
                return;
            }
            if (Missed().Match(text) is { Success: true } missed) Lost += int.Parse(missed.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            if (text.Contains("Continuity check failed", StringComparison.Ordinal)) Continuity++;
            // Before the stream mapping a probing decoder speaks, which starts anywhere in the GOP.
            if (text.Contains("Stream mapping:", StringComparison.Ordinal)) _mainDecodeBegan = true;
            if (_mainDecodeBegan && text.Contains("(IDR)", StringComparison.Ordinal)) _keyframeSeen = true;
            if (_keyframeSeen && DecoderComplaint().IsMatch(text)) DecodeErrors++;
        }

        [GeneratedRegex(@"RTP: missed (-?\d+) packets")]
        private static partial Regex Missed();

        [GeneratedRegex("error while decoding|concealing|corrupt decoded frame|no frame!|decode_slice_header error|Frame num gap")]
        private static partial Regex DecoderComplaint();
    }
}
