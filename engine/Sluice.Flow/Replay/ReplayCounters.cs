namespace Sluice.Flow;

/// <summary>What one replay has done since it was opened. Written by the replay thread, read by anyone.</summary>
public sealed class ReplayCounters
{
    public long Packets, Bytes;

    /// <summary>Payloads that fit no slot.</summary>
    public long TooLong;

    /// <summary>Looks that found every slot or the window taken: packets were read later than they should.</summary>
    public long NoRoom;

    /// <summary>Packets that were read when they should have left already.</summary>
    public long ReadLate;

    /// <summary>How far ahead of their delivery time packets were there at the last look, before it read more, ns; and the least of all looks.</summary>
    public long SlackNs, SlackMinNs = long.MaxValue;

    /// <summary>Delivery time minus media time, ns, once the first packet has its place; null before.</summary>
    public long? ShiftNs => Volatile.Read(ref _hasShift) ? Volatile.Read(ref _shiftNs) : null;
    private long _shiftNs;
    private bool _hasShift;

    /// <summary>Media time of the last packet read, and of the first, ns.</summary>
    public long FirstMediaNs, LastMediaNs;

    /// <summary>The source said so, and everything has left.</summary>
    public bool HasEnded;

    /// <summary>The same in ms for people; null before the second look that read something.</summary>
    public double? SlackMs => SlackMsMin is null ? null : Volatile.Read(ref SlackNs) / 1e6;
    public double? SlackMsMin => Volatile.Read(ref SlackMinNs) is not long.MaxValue and var ns ? ns / 1e6 : null;

    internal void SetShift(long ns)
    {
        Volatile.Write(ref _shiftNs, ns);
        Volatile.Write(ref _hasShift, true);
    }
}
