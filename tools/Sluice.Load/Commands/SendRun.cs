using System.CommandLine;
using Sluice.Linux;
using Sluice.Load.Reporting;
using Sluice.Load.Sending;

namespace Sluice.Load.Commands;

/// <summary>One run of the sender.</summary>
internal static class SendRun
{
    public static async Task<int> RunAsync(SendSettings settings, InvocationConfiguration console, CancellationToken stop)
    {
        if (!StreamSender.TryOpen(settings.Sender, settings.AddressOf(0).IsIPv6, out var sender, out var error)) return RunShell.Fail(console, error.Message);
        using (sender)
        {
            try
            {
                AddStreams(sender, settings);
            }
            catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
            {
                return RunShell.Fail(console, e.Message);
            }
            using var _ = stop.Register(sender.Stop);
            var start = SystemClock.WallNow.ToDateTimeOffset();
            var run = RunShell.OnThread("load-send", settings.Core, () => sender.Run(SystemClock.Now.Ns, settings.DurationNs, settings.PacketsMax));
            await new ProgressLine(console.Error, RunShell.IsWatched(console, settings.Quiet))
                .FollowAsync(run, () => (sender.Packets, sender.Bytes, 0, sender.Departures.Recent(40, 100))).ConfigureAwait(false);
            var report = ReportMaker.OfSender(sender, settings.Streams, settings.Command, start, settings.PerMs);
            var code = RunShell.Deliver(report, settings.Json, settings.Quiet, console);
            return sender.Packets == 0 && sender.Refused > 0 ? RunShell.Fail(console, "the kernel refused every packet: is there a route?") : code;
        }
    }

    private static void AddStreams(StreamSender sender, SendSettings settings)
    {
        var run = (uint)Random.Shared.NextInt64(1L << 32);
        for (var i = 0; i < settings.Streams; i++)
        {
            var to = settings.AddressOf(i);
            var plan = settings.Plan with { To = to, PhaseNs = settings.PhaseNs(i) };
            sender.Add(new StampedStream(plan, settings.CreateSource(), run, (uint)i), to);
        }
    }
}
