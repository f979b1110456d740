using Sluice.Tests.Kit.Processes;

namespace Sluice.Tests.Kit.Media;

/// <summary>Encoders that push the test clip into an RTSP server at its own speed (ANNOUNCE, RECORD). What they complain of is in their output.</summary>
internal static class Publisher
{
    /// <summary>ffmpeg, H.264 and AAC as tracks of their own, or H.264 alone; over and over.</summary>
    /// <param name="url">Of the channel.</param>
    /// <param name="transport">udp or tcp.</param>
    /// <param name="withSound">Two tracks, or the picture alone.</param>
    /// <param name="options">More options of its RTSP muxer.</param>
    public static async Task<ChildProcess> FfmpegAsync(string url, string transport, bool withSound = true, params string[] options)
    {
        var clip = await TestClip.Mp4PathAsync().ConfigureAwait(false);
        string[] sound = withSound ? ["-map", "0:a"] : [];
        return ChildProcess.Start("ffmpeg",
        [
            "-hide_banner", "-nostdin", "-loglevel", "warning", "-re", "-stream_loop", "-1", "-i", clip, "-map", "0:v", .. sound, "-c", "copy",
            "-f", "rtsp", "-rtsp_transport", transport, .. options, url,
        ]);
    }

    /// <summary>GStreamer's rtspclientsink, H.264 and AAC as tracks of their own. Ends with the clip.</summary>
    /// <param name="protocol">udp or tcp.</param>
    public static async Task<ChildProcess> GStreamerAsync(string url, string protocol, params string[] login)
    {
        var clip = await TestClip.Mp4PathAsync().ConfigureAwait(false);
        return ChildProcess.Start("gst-launch-1.0",
        [
            "filesrc", $"location={clip}", "!", "qtdemux", "name=d", "d.video_0", "!", "queue", "!", "h264parse", "config-interval=-1", "!",
            "rtspclientsink", "name=r", $"location={url}", $"protocols={protocol}", .. login, "d.audio_0", "!", "queue", "!", "aacparse", "!", "r.",
        ]);
    }

    /// <summary>GStreamer's rtspclientsink, MPEG-TS as one track. Ends with the clip.</summary>
    public static async Task<ChildProcess> GStreamerTsAsync(string url, string protocol)
    {
        var clip = await TestClip.PathAsync().ConfigureAwait(false);
        return ChildProcess.Start("gst-launch-1.0",
        [
            "filesrc", $"location={clip}", "!", "tsparse", "set-timestamps=true", "alignment=7", "!",
            "rtspclientsink", $"location={url}", $"protocols={protocol}",
        ]);
    }
}
