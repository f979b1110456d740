using Sluice.Tests.Kit.Processes;

namespace Sluice.Tests.Kit.Media;

/// <summary>
/// The real encoded stream of a test run, made once by ffmpeg: H.264 320x180 at 25 frames/s with a visible frame counter,
/// a closed GOP and keyframe every second and no B frames, plus AAC, in constant-rate MPEG-TS.
/// </summary>
internal static class TestClip
{
    public const int FramesPerSecond = 25;
    public const int GopSeconds = 1;
    public const int Seconds = 60;
    public const int BitsPerSecond = 1_200_000;

    private static readonly Lazy<Task<string>> s_path = new(MakeAsync);
    private static readonly Lazy<Task<string>> s_mp4Path = new(MakeMp4Async);

    /// <summary>The path of the clip; the first caller makes it (about two seconds of CPU).</summary>
    public static Task<string> PathAsync() => s_path.Value;

    /// <summary>The same two streams in MP4, which says at once what encoders put into SDP (parameter sets, AudioSpecificConfig).</summary>
    public static Task<string> Mp4PathAsync() => s_mp4Path.Value;

    /// <summary>A part of it as a transport stream of its own, by options of ffmpeg's output: "-t 10 -c copy".</summary>
    public static async Task<string> CutAsync(params string[] how)
    {
        var path = TestFolder.NewFile("cut.ts");
        await using var ffmpeg = ChildProcess.Start("ffmpeg",
            ["-hide_banner", "-nostdin", "-loglevel", "error", "-y", "-i", await PathAsync().ConfigureAwait(false), .. how, "-f", "mpegts", path]);
        if (await ffmpeg.WaitForExitAsync(TimeSpan.FromSeconds(60)).ConfigureAwait(false) != 0)
            throw new ChildProcessException(ffmpeg, "could not cut the test clip");
        return path;
    }

    private static async Task<string> MakeMp4Async()
    {
        var (clip, path) = (await PathAsync().ConfigureAwait(false), TestFolder.NewFile("clip.mp4"));
        await using var ffmpeg = ChildProcess.Start("ffmpeg",
            ["-hide_banner", "-nostdin", "-loglevel", "error", "-y", "-i", clip, "-c", "copy", "-bsf:a", "aac_adtstoasc", path]);
        if (await ffmpeg.WaitForExitAsync(TimeSpan.FromSeconds(60)).ConfigureAwait(false) != 0)
            throw new ChildProcessException(ffmpeg, "could not make the test clip");
        return path;
    }

    private static async Task<string> MakeAsync()
    {
        var path = TestFolder.NewFile("clip.ts");
        await using var ffmpeg = ChildProcess.Start("ffmpeg", Arguments(path));
        if (await ffmpeg.WaitForExitAsync(TimeSpan.FromSeconds(60)).ConfigureAwait(false) != 0)
            throw new ChildProcessException(ffmpeg, "could not make the test clip");
        return path;
    }

    private static string[] Arguments(string path) =>
    [
        "-hide_banner", "-nostdin", "-loglevel", "error", "-y",
        "-f", "lavfi", "-i", $"testsrc=size=320x180:rate={FramesPerSecond}", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000",
        "-vf", "drawtext=text='%{n}':x=8:y=8:fontsize=32:fontcolor=white:box=1:boxcolor=black",
        "-c:v", "libx264", "-preset", "veryfast", "-profile:v", "main", "-pix_fmt", "yuv420p", "-bf", "0",
        "-g", $"{FramesPerSecond * GopSeconds}", "-keyint_min", $"{FramesPerSecond * GopSeconds}", "-sc_threshold", "0", "-flags", "+cgop",
        "-b:v", "900k", "-maxrate", "900k", "-bufsize", "900k", "-c:a", "aac", "-b:a", "96k", "-ac", "2",
        "-t", $"{Seconds}", "-muxrate", $"{BitsPerSecond}", "-f", "mpegts", path,
    ];
}
