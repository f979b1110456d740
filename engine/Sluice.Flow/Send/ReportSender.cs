using Sluice.Linux;
using Sluice.Wire.Rtcp;

namespace Sluice.Flow;

/// <summary>
/// Reports for every RTP client, at the intervals of RFC 3550 §6.3 (<see cref="ReportTimer"/>), stating the same mapping between
/// wall clock and RTP time that the client's packets have, its delay included. Owned by the send thread.
/// </summary>
internal sealed class ReportSender<TSocket> where TSocket : struct, IDatagramSocket
{
    /// <summary>Reports are due on ticks of 67 ms: nobody needs them finer, and the wheel then spans minutes.</summary>
    private const int TickShift = 26;

    /// <summary>Clients that came together report together; departures wait for no more than these.</summary>
    private const int ReportsPerPassMax = 64;

    private readonly ClientTable _clients;
    private readonly Feed[] _feeds;
    private readonly EngineClock _clock;
    private readonly SendCounters _counters;
    private readonly TimerWheel _wheel;
    private readonly byte[] _cname;
    private readonly byte[] _compound = new byte[256];
    private readonly ReportTimer _timer;

    public ReportSender(ClientTable clients, Feed[] feeds, EngineClock clock, SendCounters counters, MonotonicTime start, byte[] cname, ulong seed)
    {
        (_clients, _feeds, _clock, _counters, _cname) = (clients, feeds, clock, counters, cname);
        _timer = new ReportTimer(clients.Capacity, seed);
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
        if (_clients[row].Spec is { Reports: true, Kind: not ClientKind.RawOverUdp } spec)
            _wheel.Schedule(row, _timer.StartDueNs(row, spec, now) >> TickShift);
    }

    public void Stop(int row) => _wheel.Cancel(row);

    public int SendDue(Egress<TSocket>?[] egresses, MonotonicTime now)
    {
        var sent = 0;
        for (var looked = 0; looked < ReportsPerPassMax && _wheel.TryPopDue(now.Ns >> TickShift, out var row); looked++)
        {
            var spec = _clients[row].Spec!;
            if (_timer.MaySend(row, spec, now, out var dueNs))
            {
                var bytes = Send(row, egresses, now, leaving: false);
                dueNs = bytes > 0 ? _timer.NextDueNs(row, spec, bytes, now) : _timer.StartDueNs(row, spec, now);
                sent++;
            }
            _wheel.Schedule(row, (dueNs >> TickShift) + 1);
        }
        return sent;
    }

    /// <summary>
    /// One compound: SR (or an empty RR when nothing was sent lately, RFC 3550 §6.4), SDES and, when the client's session ends, BYE;
    /// at once, because a session of fewer than 50 members may (§6.3.7). Before the first packet there is nothing to report, and who
    /// never sent must not say BYE (§6.3.7). Returns its length.
    /// </summary>
    public int Send(int row, Egress<TSocket>?[] egresses, MonotonicTime now, bool leaving)
    {
        var spec = _clients[row].Spec!;
        if (_clients[row].IsFirst || spec.Kind == ClientKind.RawOverUdp)
            return 0;
        var length = _timer.IsSender(row, spec)
            ? RtcpCompoundWriter.Write(_compound, Report(row, spec, now), _cname, leaving)
            : RtcpCompoundWriter.Write(_compound, new ReceiverReport(spec.Ssrc), _cname, leaving);
        Send(spec, length, egresses);
        if (spec.Retransmit is { Mode: RetransmitMode.Rtx } rtx && rtx.Progress.Packets > 0)
            Send(spec, RtcpCompoundWriter.Write(_compound, RtxReport(row, spec, rtx, now), _cname, leaving), egresses);
        return length;
    }

    private void Send(ClientSpec spec, int length, Egress<TSocket>?[] egresses)
    {
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
            PacketCount(progress) + (spec.Retransmit is { Mode: RetransmitMode.Same } again ? PacketCount(again.Progress) : 0),
            OctetCount(progress) + (spec.Retransmit is { Mode: RetransmitMode.Same } same ? OctetCount(same.Progress) : 0));
    }

    // The retransmission stream is a source of its own on the same clock (RFC 4588 §5.2), known as ours by its CNAME.
    private SenderReport RtxReport(int row, ClientSpec spec, RetransmitState rtx, MonotonicTime now) => Report(row, spec, now) with
    {
        SenderSsrc = rtx.RtxSsrc, PacketCount = PacketCount(rtx.Progress), OctetCount = OctetCount(rtx.Progress),
    };

    // RFC 3550 §6.4.1: payload octets, headers not counted.
    private static uint PacketCount(ClientProgress progress) => (uint)progress.Packets;

    private static uint OctetCount(ClientProgress progress) => (uint)(progress.Bytes - progress.Packets * Wire.Rtp.RtpHeader.Size);

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
}
