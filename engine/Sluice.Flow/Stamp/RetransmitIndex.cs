namespace Sluice.Flow;

// Ownership    written by     read by        changes hands when
//   _words     stamp thread   send threads   a word is written whole (8 bytes); the reader judges its age before it follows it

/// <summary>
/// Where a feed's packets of the last moments lie in its window, by sequence number: what answers a NACK. A word is a packet number and
/// its delivery time. The time is looked at first: while it is young enough, the packet cannot have been released.
/// </summary>
internal sealed class RetransmitIndex(int packets)
{
    /// <summary>Delivery times in units of 1.05 ms: 32 bits of them go round in 52 days.</summary>
    private const int TimeShift = 20;

    private readonly ulong[] _words = new ulong[packets];

    public void Set(uint sequence, uint number, long deliveryNs) =>
        Volatile.Write(ref _words[sequence & (uint)(_words.Length - 1)], (ulong)(uint)(deliveryNs >> TimeShift) << 32 | number);

    /// <summary>
    /// The number of a packet that was due at most <paramref name="ageMaxNs"/> ago. Whether it is the one that was meant is for the
    /// caller to see: numbers that the feed skipped have no packet.
    /// </summary>
    public bool TryFind(uint sequence, long nowNs, long ageMaxNs, out uint number)
    {
        var word = Volatile.Read(ref _words[sequence & (uint)(_words.Length - 1)]);
        number = (uint)word;
        var age = (int)((uint)(nowNs >> TimeShift) - (uint)(word >> 32));
        return word != 0 && age <= ageMaxNs >> TimeShift && age > -MarginUnits;
    }

    /// <summary>A packet may leave before its delivery time only by what the feed knows ahead: seconds, not weeks.</summary>
    private const int MarginUnits = 30_000;
}
