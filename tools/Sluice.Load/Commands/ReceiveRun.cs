using System.CommandLine;
using Sluice.Linux;
using Sluice.Load.Receiving;
using Sluice.Load.Reporting;
using Sluice.Load.Rtsp;
using Sluice.Load.Scoring;

namespace Sluice.Load.Commands;

/// <summary>One run of the receivers.</summary>
internal static class ReceiveRun
{
    private const long IdleLookNs = 50_000_000;

    public static async Task<int> RunAsync(ReceiveSettings settings, InvocationConfiguration console, CancellationToken stop)
    {
        var score = new Score(settings.WarmupNs, settings.MediaBitsPerSecond / 8);
        using var set = new ReceiverSet(score);
        if (settings.Udp is { } udp && !set.TryOpen(udp, out var error)) return RunShell.Fail(console, error.Message);
        using var crowd = settings.Rtsp is { } plan ? new RtspCrowd(plan, set) : null;
        if (!settings.Quiet) await console.Error.WriteLineAsync(Ready(settings)).ConfigureAwait(false);
        using var _ = stop.Register(set.Stop);
        if (settings.IdleNs is { } idleNs) set.At(0, now => LookForSilence(set, idleNs, now));
        var limits = new ReceiveLimits(0, 0, 0, 0);
        var start = SystemClock.WallNow.ToDateTimeOffset();
        var run = RunShell.OnThread("load-receive", settings.Core, () => limits = Run(set, crowd, settings.DurationNs));
        await new ProgressLine(console.Error, RunShell.IsWatched(console, settings.Quiet))
            .FollowAsync(run, () => (score.PacketCount, score.ByteCount, score.Sum(c => c.Lost), score.Packets.Recent(40, 100))).ConfigureAwait(false);
        var report = ReportMaker.OfReceiver(score, limits, settings.Command, start, settings.PerClient, settings.PerMs) with { Rtsp = crowd?.Figures() };
        return RunShell.Deliver(report with { Broken = settings.Bounds.BrokenBy(report) }, settings.Json, settings.Quiet, console);
    }

    private static ReceiveLimits Run(ReceiverSet set, RtspCrowd? crowd, long durationNs)
    {
        var nowNs = SystemClock.Now.Ns;
        crowd?.Start();
        set.Run(durationNs < long.MaxValue - nowNs ? nowNs + durationNs : long.MaxValue);
        var limits = set.Limits();   // before the sockets close that know what they dropped
        crowd?.Leave();
        return limits;
    }

    private static string Ready(ReceiveSettings settings) => settings.Udp is { } udp
        ? $"sluice-load: listening on {udp.Clients} ports from {udp.FirstPort}"
        : $"sluice-load: {settings.Rtsp!.Clients} clients of {settings.Rtsp.Url}";

    private static void LookForSilence(ReceiverSet set, long idleNs, long nowNs)
    {
        if (set.Score.PacketCount > 0 && nowNs - set.LastPacketNs >= idleNs) set.Stop();
        else set.At(nowNs + IdleLookNs, next => LookForSilence(set, idleNs, next));
    }
}
