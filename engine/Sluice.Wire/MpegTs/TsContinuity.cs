namespace Sluice.Wire.MpegTs;

/// <summary>What <see cref="TsContinuity"/> makes of one packet.</summary>
public enum TsContinuityVerdict
{
    /// <summary>In order, or the first of its PID.</summary>
    InOrder,

    /// <summary>The one repetition of a packet that is allowed; a decoder drops it.</summary>
    Duplicate,

    /// <summary>A break that the packet itself announces by its discontinuity indicator.</summary>
    Announced,

    /// <summary>Packets of this PID are missing, repeated too often, or out of order.</summary>
    Error,

    /// <summary>Null packets and damaged packets have no counter to trust.</summary>
    NotCounted,
}

/// <summary>
/// Follows the continuity counters of all PIDs of one stream (ISO/IEC 13818-1 §2.4.3.3) in fixed memory: 8,192 entries
/// each of state and error count. Owned by one thread.
/// </summary>
public sealed class TsContinuity
{
    private const byte SeenBit = 0x80;
    private const byte Repeated = 0x10;

    private readonly byte[] _state = new byte[TsPacket.PidCount];   // seen, last was a repetition, last counter
    private readonly uint[] _errors = new uint[TsPacket.PidCount];

    /// <summary>Errors of all PIDs since the start.</summary>
    public long Errors { get; private set; }

    public uint ErrorsOf(ushort pid) => _errors[pid & TsPacket.NullPid];

    public TsContinuityVerdict Receive(scoped in TsPacket packet)
    {
        if (packet.IsNull || packet.TransportError)
            return TsContinuityVerdict.NotCounted;
        ref byte state = ref _state[packet.Pid];
        var verdict = Judge(state, packet);
        state = (byte)(SeenBit | RepeatedBit(state, packet) | packet.ContinuityCounter);
        if (verdict == TsContinuityVerdict.Error)
        {
            Errors++;
            _errors[packet.Pid]++;
        }
        return verdict;
    }

    /// <summary>Forgets the counters, not the error counts: the source changed, and its first packets break nothing.</summary>
    public void Restart() => Array.Clear(_state);

    private static TsContinuityVerdict Judge(byte state, scoped in TsPacket packet)
    {
        if ((state & SeenBit) == 0)
            return TsContinuityVerdict.InOrder;
        int step = (packet.ContinuityCounter - state) & 0x0f;
        // The counter moves only with payload.
        if (step == (packet.HasPayload ? 1 : 0))
            return TsContinuityVerdict.InOrder;
        if (packet.AdaptationField.Discontinuity)
            return TsContinuityVerdict.Announced;
        bool mayRepeat = packet.HasPayload && step == 0 && (state & Repeated) == 0;
        return mayRepeat ? TsContinuityVerdict.Duplicate : TsContinuityVerdict.Error;
    }

    // A packet without payload between a packet and its repetition does not allow another one.
    private static int RepeatedBit(byte state, scoped in TsPacket packet)
    {
        if (!packet.HasPayload)
            return state & Repeated;
        return (state & SeenBit) != 0 && (state & 0x0f) == packet.ContinuityCounter ? Repeated : 0;
    }
}
