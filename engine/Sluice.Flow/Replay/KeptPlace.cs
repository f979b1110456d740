using Sluice.Store;
using Sluice.Wire.MpegTs;
using Sluice.Wire.RandomAccess;

namespace Sluice.Flow;

/// <summary>A source in its place, and where its first packet lies.</summary>
/// <param name="Source">Gives that packet first; of the caller's until a replay takes it.</param>
/// <param name="MediaNs">Its media time, ns on the monotonic clock.</param>
/// <param name="Sequence">Its number; null while it is not known.</param>
/// <param name="Timestamp">Its RTP timestamp; null as above.</param>
public sealed record KeptStart(ReplaySource Source, long MediaNs, ulong? Sequence, uint? Timestamp);

/// <summary>
/// Finds in a channel's store where a client begins that wants to see what is kept: at an access point, behind what a decoder needs before it, or
/// with exactly the packet after its last one. Reads: control threads only.
/// </summary>
/// <param name="store">The channel's.</param>
/// <param name="codec">How its access points are found.</param>
/// <param name="wallMinusMonotonicNs">The engine's clock (<see cref="EngineClock"/>).</param>
public sealed class KeptPlace(ChannelStore store, AccessCodec codec, long wallMinusMonotonicNs)
{
    /// <summary>Tables and parameter sets come several times a second; further back they may be others.</summary>
    private const long PrefaceNs = 1_000_000_000;

    /// <summary>
    /// How far a client's last packet may lie from where it is believed to be: further back, because one that began at an access point is still
    /// behind its place for a while.
    /// </summary>
    private const long BackNs = 5_000_000_000, AheadNs = 2_000_000_000;

    private const int PrefaceMax = 8;

    /// <summary>
    /// At the newest access point at or before an instant, with the packets before it that a decoder needs; at the packet itself where every one is an
    /// access point or none is known. Null when nothing is held there.
    /// </summary>
    /// <param name="wallNs">The instant.</param>
    /// <param name="endWallNs">The first delivery time that no longer belongs to it.</param>
    public KeptStart? AtAccess(long wallNs, long endWallNs)
    {
        var hasPoints = codec is not (AccessCodec.Unknown or AccessCodec.Everywhere);
        var source = Open(wallNs, hasPoints, endWallNs);
        var point = TakenPacket.From(source);
        if (point is null || (hasPoints && !point.Packet.IsAccess))
        {
            source.Dispose();
            return point is null ? null : AtPacket(wallNs, null, endWallNs);
        }
        var first = point.Packet.IsAccess && hasPoints ? Preface(point) : [];
        first.Add(point with { Packet = point.Packet with { IsBreak = false } });     // a replay's first packet is one anyway
        return new KeptStart(new PlacedSource(first, source), point.Packet.MediaNs, first[0].Packet.Sequence, point.Packet.RtpTimestamp);
    }

    /// <summary>
    /// With the packet of a feed's number; without it (it was never stored, or the numbers began anew) with the first at or after the instant. Null when
    /// there is nothing after it yet.
    /// </summary>
    /// <param name="wallNs">Where it lies, within seconds.</param>
    /// <param name="sequence">The low half of its number; null = not known.</param>
    /// <param name="endWallNs">The first delivery time that no longer belongs to it.</param>
    public KeptStart? AtPacket(long wallNs, ushort? sequence, long endWallNs)
    {
        var source = Open(sequence is null ? wallNs : wallNs - BackNs, atAccessPoint: false, endWallNs);
        while (TakenPacket.From(source) is { } found)
        {
            if (sequence is null || (ushort)found.Packet.Sequence == sequence)
                return new KeptStart(new PlacedSource([found], source), found.Packet.MediaNs, found.Packet.Sequence, found.Packet.RtpTimestamp);
            if (found.Packet.MediaNs + wallMinusMonotonicNs > wallNs + AheadNs)
                break;
        }
        source.Dispose();
        return sequence is null ? null : AtPacket(wallNs, null, endWallNs);
    }

    /// <summary>With whatever comes at or after an instant at which nothing is held: sound that is silent there.</summary>
    /// <param name="wallNs">The instant.</param>
    /// <param name="endWallNs">The first delivery time that no longer belongs to it.</param>
    public KeptStart AtWhatComes(long wallNs, long endWallNs) =>
        new(Open(wallNs, atAccessPoint: false, endWallNs), wallNs - wallMinusMonotonicNs, Sequence: null, Timestamp: null);

    private StoreReplaySource Open(long wallNs, bool atAccessPoint, long endWallNs) =>
        new(store, StoreReplaySource.CursorAt(store, wallNs, atAccessPoint), wallMinusMonotonicNs, endWallNs);

    // They go right before the point, with its times, so that a receiver that waits by timestamps does not wait for them.
    private List<TakenPacket> Preface(TakenPacket point)
    {
        var before = Before(point);
        var needed = codec == AccessCodec.MpegTs ? Tables(before) : ParameterSets(before);
        if (needed.Count > PrefaceMax)
            return [];
        for (var i = 0; i < needed.Count; i++)
        {
            var packet = point.Packet with
            {
                Sequence = point.Packet.Sequence - (ulong)(needed.Count - i), MarkerAndPayloadType = needed[i].Packet.MarkerAndPayloadType, IsBreak = false,
            };
            needed[i] = new TakenPacket(packet, needed[i].Payload);
        }
        return needed;
    }

    private List<TakenPacket> Before(TakenPacket point)
    {
        using var source = Open(point.Packet.MediaNs + wallMinusMonotonicNs - PrefaceNs, atAccessPoint: false, long.MaxValue);
        var packets = new List<TakenPacket>();
        while (TakenPacket.From(source) is { } packet && packet.Packet.Sequence < point.Packet.Sequence)
        {
            if (packet.Packet.IsBreak)
                packets.Clear();
            packets.Add(packet);
        }
        return packets;
    }

    private static List<TakenPacket> Tables(List<TakenPacket> packets)
    {
        var finder = new TsAccessFinder();
        for (var i = 0; i < packets.Count; i++)
            finder.Receive(packets[i].Payload, (uint)i);
        var tables = new List<TakenPacket>();
        for (var i = 0u; finder.HasTables && i < packets.Count; i++)
            if (Holds(finder.Pat, i) || Holds(finder.Pmt, i))
                tables.Add(packets[(int)i] with { Payload = TablesOf(packets[(int)i].Payload, finder.PmtPid) });
        return tables;
    }

    // Not what else is in their datagrams: pieces of older pictures, that a decoder would complain about.
    private static byte[] TablesOf(byte[] datagram, int pmtPid)
    {
        var tables = new List<byte>();
        for (var at = 0; at + TsPacket.Size <= datagram.Length; at += TsPacket.Size)
            if (TsPacket.TryParse(datagram.AsSpan(at), out var packet) && (packet.Pid == TsPacket.PatPid || packet.Pid == pmtPid))
                tables.AddRange(datagram.AsSpan(at, TsPacket.Size));
        return [.. tables];
    }

    private static bool Holds(TableSpan span, uint number) => number >= span.First && number <= span.Last;

    private List<TakenPacket> ParameterSets(List<TakenPacket> packets)
    {
        var first = packets.Count;
        while (first > 0 && RtpAccess.Judge(codec, packets[first - 1].Payload) == AccessVerdict.Preface)
            first--;
        return packets[first..];
    }
}
