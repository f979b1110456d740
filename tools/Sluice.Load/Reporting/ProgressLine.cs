using System.Globalization;

namespace Sluice.Load.Reporting;

/// <summary>One line that is rewritten twice a second while a run goes on; silent where nobody looks.</summary>
internal sealed class ProgressLine(TextWriter error, bool shown)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private long _lastPackets;

    /// <summary>Shows until the run has ended. <paramref name="look"/> gives packets, bytes, lost and recent windows.</summary>
    public async Task FollowAsync(Task run, Func<(long Packets, long Bytes, long Lost, long[] Recent)> look)
    {
        if (!shown)
        {
            await run.ConfigureAwait(false);
            return;
        }
        while (await Task.WhenAny(run, Task.Delay(Pause)).ConfigureAwait(false) != run) Show(look());
        await error.WriteAsync("\r\x1b[K").ConfigureAwait(false);
        await run.ConfigureAwait(false);
    }

    private void Show((long Packets, long Bytes, long Lost, long[] Recent) now)
    {
        var perSecond = (now.Packets - _lastPackets) / Pause.TotalSeconds;
        _lastPackets = now.Packets;
        error.Write(string.Create(CultureInfo.InvariantCulture,
            $"\r\x1b[K{now.Packets:n0} packets  {perSecond:n0}/s  lost {now.Lost:n0}  |{Sparkline.Of(now.Recent)}| 10 ms each"));
    }
}
