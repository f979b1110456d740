namespace Sluice.Tests.Kit.Rtp;

/// <summary>
/// What a record amounts to, by its sequence numbers (RTP) or by its stamps (raw UDP). Times in ns.
/// </summary>
internal sealed record PortScore(int Port, int Received, int Lost, int Duplicates, int OutOfOrder, int WithoutStamp, uint Overflowed)
{
    /// <summary>The extended sequence numbers (or indexes) between the first and the last that never came are lost.</summary>
    public static PortScore Of(PortRecord record, bool rtp = true)
    {
        long highest = 0, first = 0;
        int duplicates = 0, outOfOrder = 0;
        var seen = new HashSet<long>(record.Packets.Count);
        foreach (var packet in record.Packets)
        {
            var position = rtp ? seen.Count == 0 ? packet.Sequence : highest + (short)(packet.Sequence - (ushort)highest) : packet.Index;
            if (seen.Count == 0) first = highest = position;
            if (!seen.Add(position)) duplicates++;
            else if (position < highest) outOfOrder++;
            highest = Math.Max(highest, position);
            first = Math.Min(first, position);
        }
        var lost = seen.Count == 0 ? 0 : (int)(highest - first + 1 - seen.Count);
        return new PortScore(record.Port, record.Packets.Count, lost, duplicates, outOfOrder,
            record.Packets.Count(p => p.Index == ReceivedPacket.NoIndex), record.Overflowed);
    }

    /// <summary>For each stamped packet, from its sending to its arrival.</summary>
    public static long[] DelaysNs(PortRecord record) =>
        [.. record.Packets.Where(p => p.Index != ReceivedPacket.NoIndex).Select(p => p.ArrivalNs - p.SentNs)];

    /// <summary>For each packet that both clients got, how much later this one got it: what trains do to both drops out.</summary>
    public static long[] LagsNs(PortRecord record, PortRecord reference)
    {
        var arrivals = reference.Packets.ToDictionary(p => p.Index, p => p.ArrivalNs);
        return [.. record.Packets.Where(p => arrivals.ContainsKey(p.Index)).Select(p => p.ArrivalNs - arrivals[p.Index])];
    }
}
