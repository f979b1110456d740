using Sluice.Wire.MpegTs;

namespace Sluice.Store;

/// <summary>
/// The line of time that a transport stream's clock references (PCR) draw: each gives its own packet a time, and bytes in between give it to the others
/// (ISO/IEC 13818-1 §2.4.2.2). The first PID that has references is followed; one that jumps goes on at the rate before it, one that wraps goes on.
/// </summary>
internal sealed class PcrLine
{
    /// <summary>References lie 100 ms apart at most (§2.7.2); one that is a second away belongs to another clock.</summary>
    private const long JumpTicks = TsClock.PcrHz;

    private int _pid = NoPid;
    private long _lastPcr;
    private bool _isBroken;

    /// <summary>How many packets with a time there were.</summary>
    public int Anchors { get; private set; }

    /// <summary>The newest packet with a time, and the one before it; ns since the first.</summary>
    public (long Packet, long Ns) Last { get; private set; }
    public (long Packet, long Ns) Previous { get; private set; }

    /// <summary>Takes a packet, whose number rises by one; true when it has a reference that gives a new piece of the line.</summary>
    public bool Take(long number, ReadOnlySpan<byte> bytes)
    {
        if (!TsPacket.TryParse(bytes, out var packet) || !packet.TryGetPcr(out var pcr) || (_pid != NoPid && packet.Pid != _pid))
            return false;
        var isNew = Anchors == 0 || number > Last.Packet;
        if (isNew)
            (Previous, Last, Anchors) = (Last, (number, Anchors == 0 ? 0 : Next(number, TsClock.PcrDistance(_lastPcr, pcr))), Anchors + 1);
        (_pid, _lastPcr, _isBroken) = (packet.Pid, pcr, false);
        return isNew;
    }

    /// <summary>The references of this PID have ended: the next of any PID goes on at the rate so far.</summary>
    public void Release() => (_pid, _isBroken) = (NoPid, true);

    /// <summary>Where a packet is on the newest piece of the line, or on its continuation. Needs two anchors.</summary>
    public long NsOf(long packet) => On(Previous, Last, packet);

    public static long On((long Packet, long Ns) from, (long Packet, long Ns) to, long packet) =>
        from.Ns + (long)((Int128)(packet - from.Packet) * (to.Ns - from.Ns) / (to.Packet - from.Packet));

    private long Next(long number, long ticks)
    {
        if (!_isBroken && ticks is > 0 and < JumpTicks)
            return Last.Ns + ticks * 1_000 / 27;
        return Anchors > 1 ? On(Previous, Last, number) : Last.Ns;
    }

    private const int NoPid = -1;
}
