using Sluice.Linux;
using Sluice.Wire.Rtcp;

namespace Sluice.Flow;

/// <summary>
/// Sender reports for every RTP client, at the intervals of RFC 3550 §6.3, stating the same mapping between wall clock and
/// RTP time that the client's packets have, its delay included. Owned by the send thread.
/// </summary>
internal sealed class ReportSender<TSocket> where TSocket : struct, IDatagramSocket
{
    /// <summary>Reports are due on ticks of 67 ms: nobody needs them finer, and the wheel then spans minutes.</summary>
    private const int TickShift = 26;

    /// <summary>The first report soon, so that a player can relate its streams at once.</summary>
    private const long FirstReportNs = 500_000_000;
    private const long NsPerSecond = 1_000_000_000;

    private readonly ClientTable _clients;
    private readonly Feed[] _feeds;
    private readonly EngineClock _clock;
    private readonly SendCounters _counters;
    private readonly TimerWheel _wheel;
    private readonly byte[] _cname;
    private readonly byte[] _compound = new byte[256];
    private ulong _random;

    public ReportSender(ClientTable clients, Feed[] feeds, EngineClock clock, SendCounters counters, MonotonicTime start, byte[] cname, ulong seed)
    {
        (_clients, _feeds, _clock, _counters, _cname, _random) = (clients, feeds, clock, counters, cname, seed | 1);
        _wheel = new TimerWheel(clients.Capacity, start.Ns >> TickShift);
    }

    /// <summary>Whether a report went into a frame ring since this was last cleared.</summary>
    public bool WroteFrames { get; set; }

    public MonotonicTime NextDeadline
    {
        get
        {
            var tick = _wheel.NextTick();
            return tick == long.MaxValue ? MonotonicTime.MaxValue : new MonotonicTime(tick << TickShift);
        }
    }

    public void Start(int row, MonotonicTime now)
    {
        _wheel.Cancel(row);
        if (_clients[row].Spec is { Reports: true, Kind: not ClientKind.RawOverUdp })
            _wheel.Schedule(row, (now.Ns + FirstReportNs) >> TickShift);
    }

    public void Stop(int row) => _wheel.Cancel(row);

    public int SendDue(Egress<TSocket>?[] egresses, MonotonicTime now)
    {
        var sent = 0;
        for (; _wheel.TryPopDue(now.Ns >> TickShift, out var row); sent++)
        {
            Send(row, egresses, now, leaving: false);
            _wheel.Schedule(row, ((now.Ns + NextIntervalNs()) >> TickShift) + 1);
        }
        return sent;
    }

    /// <summary>One compound: SR, SDES and, when the client's session ends, BYE. Before the first packet there is nothing to report.</summary>
    public void Send(int row, Egress<TSocket>?[] egresses, MonotonicTime now, bool leaving)
    {
        var spec = _clients[row].Spec!;
        if (_clients[row].IsFirst || spec.Kind == ClientKind.RawOverUdp)
            return;
        var length = RtcpCompoundWriter.Write(_compound, Report(row, spec, now), _cname, leaving);
        _counters.Reports++;
        if (spec.Kind == ClientKind.RtpFramed)
            SendFramed(spec, length);
        else if (egresses[spec.Egress] is { HasRtcp: true } egress)
            CountError(spec, egress.Rtcp.SendTo(spec.RtcpAddress, _compound.AsSpan(0, length)));
    }

    private SenderReport Report(int row, ClientSpec spec, MonotonicTime now)
    {
        // What leaves for this client now has the feed's delivery time now − delay.
        var feedTime = _feeds[_clients[row].Feed].Clock.At(now.Ns - spec.DelayNs);
        var progress = spec.Progress;
        return new SenderReport(
            spec.Ssrc,
            NtpTime.FromUnixNs(now.Ns + _clock.WallMinusMonotonicNs),
            feedTime + _clients[row].TimestampOffset,
            (uint)progress.Packets,
            (uint)(progress.Bytes - progress.Packets * Wire.Rtp.RtpHeader.Size));
    }

    private void SendFramed(ClientSpec spec, int length)
    {
        Span<byte> prefix = [0x24, spec.RtcpChannel, (byte)(length >> 8), (byte)length];
        if (!spec.Frames!.TryWrite(prefix, default, _compound.AsSpan(0, length)))
            _counters.FrameRingFull++;
        WroteFrames = true;
    }

    private void CountError(ClientSpec spec, int result)
    {
        if (result >= 0)
            return;
        spec.Progress.SendErrors++;
        spec.Progress.LastErrno = -result;
        _counters.OtherErrors++;
    }

    // One sender and one receiver a session and 5 % of even 100 kbit/s: the five-second minimum always rules.
    private long NextIntervalNs()
    {
        var session = new RtcpInterval.Session(Members: 2, Senders: 1, RtcpBytesPerSecond: 625, AveragePacketBytes: 120, WeSent: true, IsInitial: false);
        return (long)(RtcpInterval.Seconds(in session, NextFraction()) * NsPerSecond);
    }

    // xorshift64 (Marsaglia 2003): chance for spreading reports, not for secrets.
    private double NextFraction()
    {
        _random ^= _random << 13;
        _random ^= _random >> 7;
        _random ^= _random << 17;
        return (_random >> 11) * (1.0 / (1UL << 53));
    }
}
