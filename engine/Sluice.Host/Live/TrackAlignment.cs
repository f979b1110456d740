using Sluice.Flow;
using Sluice.Linux;
using Sluice.Wire.Rtcp;

namespace Sluice.Host.Live;

/// <summary>
/// Keeps the tracks of one session together in time. Picture and sound come with different delays (an encoder's, a buffer's), and each feed's
/// clock follows the arrival of its own packets; the sender's reports say which of their timestamps belong to the same instant (RFC 3550
/// §6.4.1). From them follows by how much each track lags behind the first, and our reports to players say so. Called under the session's lock.
/// </summary>
/// <param name="core">Whose feeds they are.</param>
/// <param name="feeds">The tracks' feeds.</param>
internal sealed class TrackAlignment(EngineCore<DatagramSocket> core, IReadOnlyList<int> feeds)
{
    /// <summary>Tracks that seem farther apart have clocks that are not one (or a report came before its track's first packet).</summary>
    private const long ShiftMaxNs = 2_000_000_000;

    private readonly SenderReport?[] _reports = new SenderReport?[feeds.Count];

    /// <summary>A sender's report about a track. What follows from it takes effect slowly where somebody watches.</summary>
    public void Note(int track, in SenderReport report, MonotonicTime now)
    {
        _reports[track] = report;
        if (!TryLag(0, out var firstNs))
            return;
        for (var i = 1; i < feeds.Count; i++)
        {
            if (!TryLag(i, out var lagNs))
                continue;
            var shiftNs = lagNs - firstNs;
            core.SetShift(feeds[i], Math.Abs(shiftNs) <= ShiftMaxNs ? shiftNs : 0, now);
        }
    }

    // Delivery on our clock minus the instant on the sender's.
    private bool TryLag(int track, out long lagNs)
    {
        lagNs = 0;
        if (_reports[track] is not { } report || report.Ntp.Value == 0 || !core.TryPlace(feeds[track], report.RtpTimestamp, out var deliveryNs))
            return false;
        lagNs = deliveryNs - report.Ntp.ToUnixNs();
        return true;
    }
}
