using System.Globalization;
using System.Text.RegularExpressions;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Processes;

namespace Sluice.Tests.Kit.Players;

/// <summary>
/// cvlc as a client, run as nobody. Frames: its statistics, shown plus dropped for lateness by its dummy output, so about the
/// network cache (1 s) fewer than it decoded. Lost and continuity: its log at -vv, because the statistics of VLC 3 do not count them.
/// </summary>
internal static partial class VlcPlayer
{
    private static readonly TimeSpan s_startUpMax = TimeSpan.FromSeconds(15);

    /// <summary>As people start it: <c>rtp://@:port</c>, or <c>rtp://@group:port</c> with loopback as multicast interface.</summary>
    public static Task<PlayReport> RtpAsync(string? group, int port, int seconds) => PlayAsync($"rtp://@{group}:{port}", seconds);

    public static Task<PlayReport> UdpAsync(string? group, int port, int seconds) => PlayAsync($"udp://@{group}:{port}", seconds);

    /// <summary>Debian's VLC plays <c>rtsp://</c> through its SAT&gt;IP module, over UDP only.</summary>
    public static Task<PlayReport> RtspAsync(string url, int seconds) => PlayAsync(url, seconds);

    /// <summary>The SAT&gt;IP module's way of asking for multicast.</summary>
    public static Task<PlayReport> RtspMulticastAsync(string url, int seconds) => PlayAsync(url, seconds, "--satip-multicast");

    public static Task<PlayReport> HttpAsync(string url, int seconds) => PlayAsync(url, seconds);

    /// <summary>
    /// Reads a file through as fast as it can and decodes its pictures; Frames is not told. Errors are those of the demultiplexer and the video decoder.
    /// </summary>
    public static async Task<PlayReport> FileAsync(string path)
    {
        var counter = new Counter();
        await using var vlc = ChildProcess.Start("cvlc",
        [
            "-vv", "--no-color", "-I", "dummy", "--no-media-library",
            "--sout", "#transcode{vcodec=mp1v,vb=200,width=64,height=36,acodec=none}:dummy", path, "vlc://quit",
        ], counter.Read, unprivileged: true);
        var code = await vlc.WaitForExitAsync(TimeSpan.FromSeconds(60)).ConfigureAwait(false);
        return code == 0 ? new PlayReport("vlc", path, 0, counter.Lost, counter.Continuity, counter.DecodeErrors, vlc.Output.Tail())
            : throw new ChildProcessException(vlc, "did not play the file");
    }

    /// <summary>
    /// The decoder announces its first picture only while the input still buffers; when the first keyframe comes later, the
    /// video output that is made for it is the only sign.
    /// </summary>
    public static bool IsFirstPicture(string text) =>
        text.Contains("Received first picture", StringComparison.Ordinal) || text.Contains("vout display debug: VoutDisplayEvent", StringComparison.Ordinal);

    private static async Task<PlayReport> PlayAsync(string url, int seconds, params string[] more)
    {
        var counter = new Counter();
        var controlPort = FreePorts.One();
        await using var vlc = ChildProcess.Start("cvlc",
        [
            "-vv", "--no-color", "-I", "rc", "--rc-host", $"127.0.0.1:{controlPort}", "--miface", "lo",
            "--vout", "dummy", "--aout", "dummy", "--no-media-library", .. more, url,
        ], counter.Read, unprivileged: true);
        try
        {
            await vlc.WaitForLineAsync("first picture", IsFirstPicture, s_startUpMax).ConfigureAwait(false);
            await Task.WhenAny(vlc.WaitForExitAsync(TimeSpan.FromSeconds(seconds + 5)), Task.Delay(TimeSpan.FromSeconds(seconds))).ConfigureAwait(false);
        }
        catch (ChildProcessException)
        {
            // No picture: the statistics say so, and the report carries the log.
        }
        var frames = await VlcRemote.FramesThenShutDownAsync(controlPort).ConfigureAwait(false);
        var report = new PlayReport("vlc", url, frames, counter.Lost, counter.Continuity, counter.DecodeErrors, vlc.Output.Tail());
        vlc.Signal(Signals.Terminate);
        return report;
    }

    /// <summary>Reads the log of VLC 3.0 (modules/access/rtp, modules/demux/mpeg/ts.c, libavcodec's own lines).</summary>
    private sealed partial class Counter
    {
        private bool _pictureSeen;

        public int Lost { get; private set; }
        public int Continuity { get; private set; }
        public int DecodeErrors { get; private set; }

        public void Read(OutputLine line)
        {
            var text = line.Text;
            if (IsFirstPicture(text)) _pictureSeen = true;
            if (PacketsLost().Match(text) is { Success: true } lost) Lost += int.Parse(lost.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            else if (SatIpGap().Match(text) is { Success: true } gap)
                Lost += int.Parse(gap.Groups[1].ValueSpan, CultureInfo.InvariantCulture) - int.Parse(gap.Groups[2].ValueSpan, CultureInfo.InvariantCulture);
            else if (text.Contains("ts demux warning: discontinuity received", StringComparison.Ordinal)) Continuity++;
            else if (_pictureSeen && DecoderComplaint().IsMatch(text)) DecodeErrors++;
        }

        // The SAT>IP module prints what came and what it expected.
        [GeneratedRegex(@"satip .*Gap in seq_nr \((\d+) > (\d+)\)")]
        private static partial Regex SatIpGap();

        [GeneratedRegex(@"(\d+) packet\(s\) lost")]
        private static partial Regex PacketsLost();

        [GeneratedRegex(@"^\[h264 @ .*(error while decoding|concealing)")]
        private static partial Regex DecoderComplaint();
    }
}
