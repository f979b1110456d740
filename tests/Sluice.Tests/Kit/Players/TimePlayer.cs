using System.Globalization;
using System.Text.RegularExpressions;
using Sluice.Tests.Kit.Processes;

namespace Sluice.Tests.Kit.Players;

/// <summary>Where a viewer was after a step: pictures and pieces of sound so far, and its own position.</summary>
internal sealed record TimeStep(string Step, int Frames, double Position, int Sounds);

/// <summary>GStreamer as a viewer that pauses and seeks: the lines beside this file, because gst-launch does neither.</summary>
internal static partial class TimePlayer
{
    private static readonly Lazy<Task<string>> s_program = new(CompileAsync);
    private static readonly TimeSpan s_startUpMax = TimeSpan.FromSeconds(30);

    /// <summary>MPEG-TS by RTSP. Steps: p4 plays for four seconds, w10 pauses for ten, s30 seeks to 30 s.</summary>
    public static Task<(TimeStep[] Steps, string Log)> PlayAsync(string url, string protocol, params string[] steps) =>
        RunAsync($"rtspsrc location={url} protocols={protocol} latency=300 ! rtpmp2tdepay ! tsdemux ! h264parse ! avdec_h264 "
            + "! identity name=frames ! fakesink sync=true", steps);

    /// <summary>H.264 and AAC as tracks of their own.</summary>
    public static Task<(TimeStep[] Steps, string Log)> PlayTracksAsync(string url, string protocol, params string[] steps) =>
        RunAsync($"rtspsrc name=s location={url} protocols={protocol} latency=300 s. ! application/x-rtp,media=video ! rtph264depay ! h264parse ! avdec_h264 "
            + "! identity name=frames ! fakesink sync=true s. ! application/x-rtp,media=audio ! rtpmp4gdepay ! aacparse ! avdec_aac "
            + "! identity name=sounds ! fakesink sync=true", steps);

    private static async Task<(TimeStep[] Steps, string Log)> RunAsync(string pipeline, string[] steps)
    {
        await using var player = ChildProcess.Start(await s_program.Value.ConfigureAwait(false), [pipeline, .. steps]);
        var seconds = steps.Where(step => step[0] != 's').Sum(step => int.Parse(step.AsSpan(1), CultureInfo.InvariantCulture));
        await player.WaitForExitAsync(s_startUpMax + TimeSpan.FromSeconds(seconds)).ConfigureAwait(false);
        var log = player.Output.Tail(200);
        return ([.. Step().Matches(log).Select(Read)], log);
    }

    private static TimeStep Read(Match match) => new(match.Groups[1].Value, int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture),
        double.Parse(match.Groups[3].ValueSpan, CultureInfo.InvariantCulture), int.Parse(match.Groups[4].ValueSpan, CultureInfo.InvariantCulture));

    private static async Task<string> CompileAsync()
    {
        var path = TestFolder.NewFile("time-player");
        await using var gcc = ChildProcess.Start("gcc",
        [
            "-O1", "-w", "-o", path, Path.Combine(TestFolder.Repository, "tests", "Sluice.Tests", "Kit", "Players", "time-player.c"),
            "-l:libgstreamer-1.0.so.0", "-l:libgobject-2.0.so.0",
        ]);
        if (await gcc.WaitForExitAsync(TimeSpan.FromSeconds(30)).ConfigureAwait(false) != 0)
            throw new ChildProcessException(gcc, "could not compile the player");
        return path;
    }

    [GeneratedRegex(@"(\w+): (\d+) frames, at (-?[\d.]+), (\d+) sounds")]
    private static partial Regex Step();
}
