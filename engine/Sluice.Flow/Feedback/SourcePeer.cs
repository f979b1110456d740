using Sluice.Linux;
using Sluice.Wire.Rtcp;

namespace Sluice.Flow;

/// <summary>
/// One source as its sender's RTCP peer: what the sender reports, and what it is told. No socket and no clock. Owned by the feedback thread.
/// </summary>
internal sealed class SourcePeer(SourceReceiver receiver, byte[] cname, ulong seed)
{
    /// <summary>Room for every number of a round on its own: 8 + 24 + CNAME + 12 + 4 × 256 bytes, below an Ethernet MTU.</summary>
    public const int CompoundMax = 1_400;
    private const long NsPerSecond = 1_000_000_000;

    /// <summary>While nobody sends there is nobody to report to.</summary>
    private const long IdleNs = NsPerSecond;

    private readonly NackPlan _plan = receiver.Plan.Nack!;
    private readonly ushort[] _missing = new ushort[SourceReceiver.AsksMax];
    private readonly Random _random = new((int)seed);
    private int _count;
    private uint _mediaSsrc;
    private DatagramAddress _reporter;
    private bool _hasReporter, _hasReported;
    private uint _lastReport;
    private long _lastReportNs;
    private long _expectedPrior, _receivedPrior;
    private double _averageBytes = 100;

    public SourceCounters Counters => receiver.Counters;

    /// <summary>When a report is due though nothing is missing.</summary>
    public long NextReportNs { get; private set; }

    public bool HasMissing => _count > 0;

    /// <summary>A packet to ask for; false when the NACK has no room for it: it is written first.</summary>
    public bool TryAdd(in LossNotice notice)
    {
        if (_count == _missing.Length || (_count > 0 && notice.MediaSsrc != _mediaSsrc))
            return false;
        _mediaSsrc = notice.MediaSsrc;
        _missing[_count++] = notice.Sequence;
        return true;
    }

    /// <summary>
    /// A datagram on the RTCP port. Counts only from the host that sends the media (reliability.md X6): its sender reports, which say where
    /// it hears us and let it measure the round trip. BYE ends nothing here: silence does.
    /// </summary>
    public void Take(ReadOnlySpan<byte> datagram, in DatagramAddress from, MonotonicTime now)
    {
        if (!receiver.TryGetSender(out var sender))
            return;     // its reports may overtake its first packets, and until then nobody is foreign
        if (!sender.SameHost(from) || !RtcpCompound.TryParse(datagram, out var compound))
        {
            Counters.FeedbackForeign++;
            return;
        }
        Observe(datagram.Length);
        foreach (var packet in compound)
        {
            if (!SenderReport.TryRead(packet, out var report, out _) || report.SenderSsrc != receiver.Ssrc)
                continue;
            (_reporter, _hasReporter) = (from, true);
            (_lastReport, _lastReportNs) = (report.Ntp.Middle32, now.Ns);
        }
    }

    /// <summary>Where the sender hears us; false before its first packet.</summary>
    public bool TryGetAddress(out DatagramAddress address)
    {
        if (!receiver.TryGetSender(out address))
            return false;
        if (_plan.RtcpPort > 0)
            address = address.WithPort((ushort)_plan.RtcpPort);
        else if (_hasReporter && _reporter.SameHost(in address))
            address = _reporter;
        else
            address = address.WithPort((ushort)Math.Min(address.Port + 1, ushort.MaxValue));
        return true;
    }

    /// <summary>
    /// One compound: receiver report, CNAME and, when something is missing, a NACK (RFC 4585 §3.1: feedback travels in full compounds).
    /// Returns its length.
    /// </summary>
    public int Write(Span<byte> target, MonotonicTime now)
    {
        Span<NackEntry> entries = stackalloc NackEntry[SourceReceiver.AsksMax];
        var writer = new RtcpCompoundWriter(target);
        writer.TryAdd(new ReceiverReport(_plan.Ssrc), [Block(now, isRegular: _count == 0)]);
        writer.TryAddCname(_plan.Ssrc, cname);
        if (_count > 0)
            writer.TryAddNack(_plan.Ssrc, _mediaSsrc, entries[..NackEntry.Pack(_missing.AsSpan(0, _count), entries)]);
        _count = 0;
        Observe(writer.Length);
        return writer.Length;
    }

    /// <summary>A regular report has left, or could not: says when the next is due (RFC 3550 §6.3.1; two members, one of them sends).</summary>
    public void Schedule(MonotonicTime now, bool hasSender)
    {
        var session = new RtcpInterval.Session(2, 1, RtcpBytesPerSecond, _averageBytes, WeSent: false, IsInitial: !_hasReported);
        _hasReported |= hasSender;
        NextReportNs = now.Ns + (hasSender ? (long)(RtcpInterval.Seconds(in session, _random.NextDouble()) * NsPerSecond) : IdleNs);
    }

    /// <summary>5 % of 64 kbit/s, the least that a stream is planned for: then the least interval holds, five seconds.</summary>
    private const double RtcpBytesPerSecond = 400;

    // The loss since the last report of this kind: what a NACK's own report says is not taken from the next regular one.
    private ReportBlock Block(MonotonicTime now, bool isRegular)
    {
        var reception = receiver.Reception!;
        long expected = Volatile.Read(ref reception.Expected), received = Volatile.Read(ref reception.Received);
        long expectedNow = expected - _expectedPrior, lostNow = expectedNow - (received - _receivedPrior);
        if (isRegular)
            (_expectedPrior, _receivedPrior) = (expected, received);
        return new ReportBlock(
            receiver.Ssrc,
            FractionLost: expectedNow <= 0 || lostNow <= 0 ? (byte)0 : (byte)Math.Min(255, lostNow * 256 / expectedNow),
            CumulativeLost: (int)Math.Clamp(expected - received, ReportBlock.CumulativeLostMin, ReportBlock.CumulativeLostMax),
            reception.ExtendedHighest, reception.JitterTicks, _lastReport,
            _lastReport == 0 ? 0 : RtcpRoundTrip.UnitsFromNs(now.Ns - _lastReportNs));
    }

    private void Observe(int bytes) => _averageBytes += (bytes + ReportTimer.HeaderBytes - _averageBytes) / 16;
}
