using Sluice.Wire.MpegTs;

namespace Sluice.Wire.Loops;

// Which packets belong to a turn, and how long it is: each elementary stream for itself.
public sealed partial class TsLoop
{
    /// <summary>Times are rounded by their senders: 1 ms is no overlap.</summary>
    private const long RoundingTicks = 90;

    /// <summary>A stream whose last time lies further back than this has pauses, such as subtitles: its next start is not waited for.</summary>
    private const long PauseTicks = TsClock.PtsHz;

    /// <summary>From the last clock reference of a turn to the first of the next, at least: 10 ms.</summary>
    private const long ClockStepTicks = 900;

    /// <summary>A PID that has begun no unit for so many packets of a turn has none to begin.</summary>
    private const byte UnitlessMax = 250;

    private const byte Begun = 255;

    private bool IsOfTurn(in TsPacket packet)
    {
        int stream = StreamOf(packet, out var header, out bool beginsPes);
        if (packet.Pid == _finder.AccessPid)
            _master = stream;
        ref byte begun = ref _begun[packet.Pid];
        if (begun != Begun)
        {
            bool begins = packet.PayloadUnitStart ? !(beginsPes && Overlaps(stream, header)) : begun == UnitlessMax;
            begun = begins ? Begun : (byte)Math.Min(begun + 1, UnitlessMax);
        }
        if (beginsPes)
            _streams[stream].Begin(header, packet.Payload.Length);
        else
            _streams[stream].Continue(packet.Payload.Length);
        return begun == Begun;
    }

    // Stream 0 is that of all PIDs without times.
    private int StreamOf(in TsPacket packet, out PesHeader header, out bool beginsPes)
    {
        header = default;
        bool isPes = packet.PayloadUnitStart && packet.Scrambling == 0 && PesHeader.TryRead(packet.Payload, out header);
        ref byte stream = ref _streamOf[packet.Pid];
        if (stream == 0 && isPes && _count < StreamsMax)
        {
            stream = (byte)++_count;
            _ends[stream] = -1;
        }
        beginsPes = isPes && stream > 0;
        return stream;
    }

    // To be heard before the last turn's sound has ended.
    private bool Overlaps(int stream, in PesHeader header)
    {
        if (stream == _master || _ends[stream] < 0 || TsTurnStream.TicksOf(header) is not { } ticks)
            return false;
        bool overlaps = TsClock.PtsDistance(_ends[stream], ticks + _restamper.ShiftTicks) < -RoundingTicks;
        Overlapping += overlaps ? 1 : 0;
        return overlaps;
    }

    // Of what lies behind the end, what began before it. The first start of each stream says when its next turn should begin.
    private bool IsOfTail(in TsPacket packet)
    {
        int stream = StreamOf(packet, out var header, out bool beginsPes);
        if (stream == 0 || !packet.HasPayload || packet.TransportError || _isClosed[stream])
            return false;
        if (packet.PayloadUnitStart)
        {
            _streams[stream].Close(beginsPes ? TsTurnStream.TicksOf(header) : null);
            _isClosed[stream] = true;
            Phase = IsTailOver ? TsLoopPhase.Over : Phase;
            return false;
        }
        bool belongs = _streams[stream].IsOpen && stream != _master && _begun[packet.Pid] == Begun;
        _streams[stream].Continue(packet.Payload.Length);
        return belongs;
    }

    private bool IsTailOver
    {
        get
        {
            for (int i = 1; i <= _count; i++)
                if (_streams[i].HasTimes && !_isClosed[i] && !HasPaused(i))
                    return false;
            return true;
        }
    }

    private bool HasPaused(int stream) =>
        !_streams[stream].IsOpen && TsClock.PtsDistance(_streams[stream].LastTicks, _streams[_master].EndTicks) > PauseTicks;

    // What the seam must be longer than the pictures ask for: whole pictures, so that those of the next turn lie on the same grid.
    private long Stretch(long period)
    {
        long stretch = Missing(period);
        long step = _streams[_master].StepTicks;
        return step <= 0 || stretch <= 0 ? stretch : (stretch + step - 1) / step * step;
    }

    private long Missing(long period)
    {
        long stretch = 0;
        for (int i = 1; i <= _count; i++)
        {
            if (i == _master || !_streams[i].HasTimes)
                continue;
            long overlap = TsClock.PtsDistance(_streams[i].FirstTicks + period, _streams[i].EndTicks);
            if (overlap is > RoundingTicks and <= StretchMax)
                stretch = Math.Max(stretch, overlap);
        }
        if (_firstPcr < 0)
            return stretch;
        long behind = TsClock.PcrDistance(_firstPcr + period * 300, _lastPcr) / 300 + ClockStepTicks;
        return behind is > 0 and < TsClock.PtsHz ? Math.Max(stretch, behind) : stretch;
    }
}
