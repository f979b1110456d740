using System.Globalization;
using System.Text.RegularExpressions;
using Sluice.Tests.Kit.Processes;

namespace Sluice.Tests.Kit.Players;

/// <summary>What a player of picture and sound counted: pictures, decoded pieces of sound, RTP packets that were missing.</summary>
internal sealed record TwoTrackReport(string Player, int Frames, int Sounds, int Lost, string Log)
{
    public override string ToString() => $"{Player}: {Frames} frames, {Sounds} pieces of sound, {Lost} lost";

    /// <summary>Null when both tracks were heard and nothing was lost.</summary>
    public string? Fault(int framesMin, int soundsMin) =>
        Lost == 0 && Frames >= framesMin && Sounds >= soundsMin ? null : $"{this} (wanted {framesMin} and {soundsMin})\n{Log}";
}

/// <summary>ffmpeg and GStreamer on a channel of two tracks.</summary>
internal static partial class TwoTrackPlayer
{
    private static readonly TimeSpan s_startMax = TimeSpan.FromSeconds(20);

    public static Task<TwoTrackReport> FfmpegAsync(string url, string transport, int seconds) =>
        FfmpegAsync($"ffmpeg/{transport} {url}", url, seconds, "-rtsp_transport", transport);

    /// <summary>What an SDP file describes.</summary>
    public static Task<TwoTrackReport> FfmpegSdpAsync(string path, int seconds) =>
        FfmpegAsync("ffmpeg/sdp", path, seconds, "-protocol_whitelist", "file,rtp,udp");

    private static async Task<TwoTrackReport> FfmpegAsync(string name, string url, int seconds, params string[] input)
    {
        int frames = 0, sounds = 0, lost = 0;
        await using var ffmpeg = ChildProcess.Start("ffmpeg",
        [
            "-hide_banner", "-nostdin", "-loglevel", "repeat+level+debug", "-nostats", .. input, "-i", url,
            "-t", $"{seconds}", "-map", "0:v:0", "-map", "0:a:0", "-f", "null", "-",
        ], line =>
        {
            if (Missed().Match(line.Text) is { Success: true } missed) lost += Math.Abs(Number(missed.Groups[1]));
            if (Decoded().Match(line.Text) is not { Success: true } decoded) return;
            if (decoded.Groups[1].Value == "video") frames = Number(decoded.Groups[2]);
            else sounds = Number(decoded.Groups[2]);
        });
        await Eventually.HappenedAsync(s_startMax + TimeSpan.FromSeconds(seconds), () => ffmpeg.HasExited).ConfigureAwait(false);
        await ffmpeg.StopAsync(Signals.Interrupt, TimeSpan.FromSeconds(5)).ConfigureAwait(false);
        return new TwoTrackReport(name, frames, sounds, lost, ffmpeg.Output.Tail());
    }

    /// <param name="sound">What takes the sound out of RTP and decodes it: <c>rtpopusdepay ! opusdec</c>.</param>
    public static Task<TwoTrackReport> GStreamerAsync(string url, string transport, string sound, int seconds) =>
        PlayGStreamerAsync($"gstreamer/{transport} {url}", $"rtspsrc name=s location={url} protocols={transport} latency=300", sound, seconds);

    /// <inheritdoc cref="GStreamerAsync(string, string, string, int)"/>
    public static Task<TwoTrackReport> GStreamerSdpAsync(string path, string sound, int seconds) =>
        PlayGStreamerAsync("gstreamer/sdp", $"filesrc location={path} ! sdpdemux name=s latency=300", sound, seconds);

    private static async Task<TwoTrackReport> PlayGStreamerAsync(string name, string source, string sound, int seconds)
    {
        int frames = 0, sounds = 0, lost = 0;
        string[] pipeline = $"{source} s. ! application/x-rtp,media=video ! rtph264depay ! h264parse "
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Concat("! avdec_h264 ! identity name=picture silent=false ! fakesink sync=false s. ! application/x-rtp,media=audio !".Split(' '))
            .Concat(sound.Split(' ')).Concat("! identity name=sound silent=false ! fakesink sync=false".Split(' ')).ToArray();
        await using var gst = ChildProcess.Start("gst-launch-1.0", ["-v", .. pipeline], line =>
        {
            if (line.Text.Contains("GstIdentity:picture: last-message = chain", StringComparison.Ordinal)) frames++;
            else if (line.Text.Contains("GstIdentity:sound: last-message = chain", StringComparison.Ordinal)) sounds++;
            else if (Missing().Match(line.Text) is { Success: true } missing) lost += Math.Abs(Number(missing.Groups[1]));
        }, [new("GST_DEBUG", "rtpbasedepayload:6"), new("GST_DEBUG_NO_COLOR", "1")]);
        await Eventually.HappenedAsync(s_startMax, () => (frames > 0 && sounds > 0) || gst.HasExited).ConfigureAwait(false);
        await Task.WhenAny(gst.WaitForExitAsync(TimeSpan.FromSeconds(seconds + 5)), Task.Delay(TimeSpan.FromSeconds(seconds))).ConfigureAwait(false);
        var report = new TwoTrackReport(name, frames, sounds, lost, gst.Output.Tail());
        gst.Signal(Signals.Interrupt);
        await Eventually.HappenedAsync(TimeSpan.FromSeconds(5), () => gst.HasExited).ConfigureAwait(false);
        return report;
    }

    private static int Number(Group group) => int.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"RTP: missed (-?\d+) packets")]
    private static partial Regex Missed();

    [GeneratedRegex(@"Input stream #0:\d+ \((video|audio)\): .*?(\d+) frames decoded")]
    private static partial Regex Decoded();

    [GeneratedRegex(@"rtpbasedepayload .*> (-?\d+) missing packets")]
    private static partial Regex Missing();
}
