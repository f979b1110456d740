using Sluice.Flow;
using Sluice.Linux;
using Sluice.Wire.Rtcp;

namespace Sluice.Control.Reports;

/// <summary>
/// RTCP of one incoming track: its sender's reports in, receiver reports out at the intervals of RFC 3550 §6.3. No socket, no clock.
/// Owned by the task that has the session.
/// </summary>
/// <param name="ssrc">Ours as a receiver: random.</param>
/// <param name="cname">Ours, in ASCII.</param>
/// <param name="seed">Chance for the intervals.</param>
public sealed class TrackReports(uint ssrc, ReadOnlyMemory<byte> cname, ulong seed)
{
    /// <summary>Bytes of the longest compound that <see cref="Write"/> makes: report, one block, CNAME, BYE.</summary>
    public const int BytesMax = 320;

    private const double NsPerSecond = 1e9;
    private const double HeaderBytes = 28;

    // A receiver of one unicast stream: two members, one of them sends. 5 % of 64 kbit/s is far above what one report in 5 s needs.
    private const double RtcpBytesPerSecond = 400;

    private readonly Random _random = new((int)(seed ^ seed >> 32));
    private MonotonicTime _due = MonotonicTime.MaxValue;
    private uint _source;
    private long _expectedBefore, _receivedBefore;
    private MonotonicTime _lastArrival;

    /// <summary>The sender's last report; null before the first.</summary>
    public SenderReport? Last { get; private set; }

    /// <summary>The stream's own SSRC has said BYE (RFC 3550 §6.6).</summary>
    public bool SaidBye { get; private set; }

    /// <summary>When the next report is due.</summary>
    public MonotonicTime NextDeadline => _due;

    /// <summary>The track plays: the first report goes soon, as a unicast session's may (RFC 3550 §6.2).</summary>
    public void Start(MonotonicTime now) => _due = now + (long)((_random.NextDouble() + 0.5) * NsPerSecond / 2);

    /// <summary>A compound from the sender's address. False when it is no RTCP; what speaks of another SSRC than the stream's is passed over.</summary>
    public bool Receive(ReadOnlySpan<byte> compound, uint mediaSsrc, MonotonicTime now)
    {
        if (!RtcpCompound.TryParse(compound, out var parsed))
            return false;
        foreach (var packet in parsed)
        {
            if (SenderReport.TryRead(packet, out var report, out _) && report.SenderSsrc == mediaSsrc)
                (Last, _lastArrival) = (report, now);
            else if (Bye.TryRead(packet, out var bye))
                TakeBye(bye, mediaSsrc);
        }
        return true;
    }

    /// <summary>Writes what is due: a receiver report with what came so far, the CNAME and, when we leave, a BYE. Returns its length.</summary>
    public int Write(Span<byte> target, ReceptionCounters reception, MonotonicTime now, bool leaving = false)
    {
        var compound = new RtcpCompoundWriter(target);
        ReadOnlySpan<ReportBlock> blocks = reception.Expected > 0 ? [Block(reception, now)] : [];
        _ = compound.TryAdd(new ReceiverReport(ssrc), blocks) && compound.TryAddCname(ssrc, cname.Span) && (!leaving || compound.TryAddBye(ssrc));
        var session = new RtcpInterval.Session(
            Members: 2, Senders: 1, RtcpBytesPerSecond, compound.Length + HeaderBytes, WeSent: false, IsInitial: false);
        _due = now + (long)(RtcpInterval.Seconds(in session, _random.NextDouble()) * NsPerSecond);
        return compound.Length;
    }

    // RFC 3550 A.3. Counts that went back belong to a source that began anew.
    private ReportBlock Block(ReceptionCounters reception, MonotonicTime now)
    {
        var (source, expected, received) = (reception.Ssrc, reception.Expected, reception.Received);
        if (source != _source || expected < _expectedBefore)
            (_source, _expectedBefore, _receivedBefore) = (source, 0, 0);
        var (expectedNow, lostNow) = (expected - _expectedBefore, expected - _expectedBefore - (received - _receivedBefore));
        (_expectedBefore, _receivedBefore) = (expected, received);
        var fraction = expectedNow > 0 && lostNow > 0 ? (byte)Math.Min(lostNow * 256 / expectedNow, 255) : (byte)0;
        var (sent, delay) = Last is { } last && last.SenderSsrc == source
            ? (last.Ntp.Middle32, (uint)((now - _lastArrival) / NsPerSecond * 65_536)) : (0u, 0u);
        return new ReportBlock(source, fraction, (int)Math.Clamp(expected - received, ReportBlock.CumulativeLostMin, ReportBlock.CumulativeLostMax),
            reception.ExtendedHighest, reception.JitterTicks, sent, delay);
    }

    private void TakeBye(in Bye bye, uint mediaSsrc)
    {
        for (var i = 0; i < bye.SourceCount; i++)
            SaidBye |= bye.Ssrc(i) == mediaSsrc;
    }
}
