using Sluice.Wire.MpegTs;

namespace Sluice.Wire.Loops;

/// <summary>
/// Makes packets of a transport stream that is sent again follow on what was sent before, in place: PCR, PTS, DTS, DTS_next_AU, ESCR and the cues of SCTE 35
/// move by one constant, continuity counters go on (ISO/IEC 13818-1 §2.4.3.3). Within a turn a counter only moves by a constant a PID, so that
/// losses, repetitions and announced breaks of the content stay what they were. Allocates nothing; owned by one thread.
/// </summary>
/// <remarks>
/// As it came stay: other sections, null packets, packets with transport_error_indicator, scrambled payloads, and the OPCR, which no multiplexer may
/// modify (§2.4.3.5). A time of a PES header that a packet's border cuts off stays as well, and is counted.
/// </remarks>
public sealed class TsRestamper
{
    private const byte Known = 0x80;
    private const byte InThisTurn = 0x40;
    private const byte CounterMask = 0x0f;

    private readonly byte[] _state = new byte[TsPacket.PidCount];     // known, seen in this turn, last counter written
    private readonly TsCueShift _cues = new();
    private readonly byte[] _move = new byte[TsPacket.PidCount];      // what this turn adds to the PID's counters

    /// <summary>What is added to all times, ticks of 90 kHz; any value, taken modulo 2³³.</summary>
    public long ShiftTicks { get; set; }

    /// <summary>Packets without a sync byte or with an impossible adaptation field.</summary>
    public long Malformed { get; private set; }

    /// <summary>Starts of PES whose times could not be read, and so were not moved.</summary>
    public long TimesUnread { get; private set; }

    /// <summary>Cues moved, and those that could not be.</summary>
    public long CuesMoved => _cues.Moved;
    public long CuesUnmoved => _cues.Unmoved;

    /// <summary>The next packet of each PID follows on the last one, whatever its counter says.</summary>
    public void BeginTurn()
    {
        _cues.Reset();
        foreach (ref byte state in _state.AsSpan())
            state &= unchecked((byte)~InThisTurn);
    }

    /// <summary>Restamps one packet; false when it is none: then it is as it was.</summary>
    public bool Restamp(Span<byte> packet)
    {
        if (!TsPacket.TryParse(packet, out var view))
        {
            Malformed++;
            return false;
        }
        if (view.IsNull || view.TransportError)
            return true;
        byte counter = view.ContinuityCounter;
        Renumber(packet, view.Pid, counter, view.HasPayload);
        if (ShiftTicks == 0)
            return true;
        ShiftField(packet, view.AdaptationField);
        if (view.PayloadUnitStart && view.HasPayload && view.Scrambling == 0)
            ShiftUnit(packet, view, counter);
        else if (view.HasPayload && view.Scrambling == 0 && _cues.IsUnderWay(view.Pid))
            _cues.Shift(packet, view, counter, ShiftTicks);
        return true;
    }

    // Only a packet with payload counts on; one without has the counter of the one before it.
    private void Renumber(Span<byte> packet, ushort pid, byte counter, bool hasPayload)
    {
        ref byte state = ref _state[pid];
        if ((state & (Known | InThisTurn)) == Known)
            _move[pid] = (byte)(state + (hasPayload ? 1 : 0) - counter & CounterMask);
        counter = (byte)(counter + _move[pid] & CounterMask);
        state = (byte)(Known | InThisTurn | counter);
        TsPacket.WriteContinuityCounter(packet, counter);
    }

    private void ShiftField(Span<byte> packet, TsAdaptationField field)
    {
        if (field.TryGetPcr(out long pcr))
            TsClock.WritePcr(packet[TsAdaptationField.PcrOffsetInPacket..], pcr + ShiftTicks % TsClock.PtsModulus * 300);
        if (field.SeamlessSpliceOffset is >= 0 and var at)
            PesHeader.ShiftTime(packet[(TsPacket.HeaderSize + 1 + at)..], ShiftTicks);
    }

    private void ShiftUnit(Span<byte> packet, in TsPacket view, byte counter)
    {
        var payload = packet[view.PayloadOffset..TsPacket.Size];
        if (payload is not [0, 0, 1, >= 0xBC, ..])
            _cues.Shift(packet, view, counter, ShiftTicks);     // sections, or the first bytes of a start code
        else if (!PesHeader.TryShiftTimes(payload, ShiftTicks))
            TimesUnread++;
    }
}
