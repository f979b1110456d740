using System.Runtime.CompilerServices;
using Sluice.Wire.RandomAccess;

namespace Sluice.Flow;

/// <summary>Packets that a decoder needs before an access point and that lie before it: those with PAT and PMT.</summary>
[InlineArray(Max)]
internal struct PrefacePackets
{
    public const int Max = 4;

    private uint _first;
}

/// <summary>Where in a feed decoding may start.</summary>
internal struct AccessPoint
{
    /// <summary>The train that holds the first packet, and that packet.</summary>
    public uint Train, Packet;

    /// <summary>To be sent before it, in this order.</summary>
    public PrefacePackets Preface;
    public int PrefaceCount;
}

// Ownership        written by     read by        changes hands when
//   _points[i]     stamp thread   send threads   _tail passes i (release); may be overwritten one lap later
//   Codec          control        stamp thread   —

/// <summary>
/// Finds a feed's random access points as its packets are stamped and remembers the last ones. A few nanoseconds a packet,
/// no allocation. Written by the stamp thread, asked by send threads when a client starts.
/// </summary>
internal sealed class AccessIndex
{
    /// <summary>Points closer than this to the last one are not remembered: nobody sees the difference.</summary>
    private const long SpacingNs = 100_000_000;

    private readonly AccessPoint[] _points;
    private readonly TsAccessFinder _tables = new();
    private readonly FeedCounters _counters;
    private long _tail;
    private long _lastNs = long.MinValue / 2;
    private (uint Packet, uint Train) _run;
    private bool _isRun;
    private int _codec;

    /// <param name="codec">How points are found.</param>
    /// <param name="holdNs">How long packets are kept, roughly: so many points must fit.</param>
    /// <param name="counters">The feed's.</param>
    public AccessIndex(AccessCodec codec, long holdNs, FeedCounters counters)
    {
        (Codec, _counters) = (codec, counters);
        _points = new AccessPoint[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(holdNs / SpacingNs) + 16)];
    }

    /// <summary>Any thread: a source without configuration tells by its payload type what it sends.</summary>
    public AccessCodec Codec
    {
        get => (AccessCodec)Volatile.Read(ref _codec);
        set => Volatile.Write(ref _codec, (int)value);
    }

    /// <summary>Looks at the packet that was just added to a train.</summary>
    /// <param name="payload">The media alone.</param>
    /// <param name="packet">Its number in the feed's window.</param>
    /// <param name="train">The train it is in.</param>
    /// <param name="deliveryNs">Its delivery time.</param>
    /// <param name="isAfterGap">The packet before it is missing.</param>
    /// <param name="isBreak">The source began anew.</param>
    public void Look(ReadOnlySpan<byte> payload, uint packet, uint train, long deliveryNs, bool isAfterGap, bool isBreak)
    {
        var codec = Codec;
        if (codec is AccessCodec.Unknown or AccessCodec.Everywhere)
            return;
        if (codec == AccessCodec.MpegTs)
        {
            if (isBreak)
                _tables.Reset();
            if (_tables.Receive(payload, packet))
                Add((packet, train), deliveryNs);
            return;
        }
        _isRun &= !isAfterGap && !isBreak;
        var verdict = RtpAccess.Judge(codec, payload);
        if (verdict != AccessVerdict.Media && !_isRun)
            (_run, _isRun) = ((packet, train), true);
        if (verdict == AccessVerdict.Picture)
            Add(_run, deliveryNs);
        _isRun &= verdict == AccessVerdict.Preface;
    }

    /// <summary>
    /// Send threads: the newest point whose train was delivered at or before <paramref name="placeNs"/>, or the oldest one kept
    /// when all are later. False when there is none, or none is kept any more.
    /// </summary>
    public bool TryFind(FeedWindow window, long placeNs, out AccessPoint point)
    {
        if (Codec == AccessCodec.Everywhere)
            return TryFindTrain(window, placeNs, out point);
        point = default;
        var found = false;
        var floor = window.Floor;
        for (var i = Volatile.Read(ref _tail) - 1; i >= 0 && TryCopy(i, out var candidate); i--)
        {
            if ((int)(candidate.Train - window.TrainTail) >= 0)
                continue;           // its train is still open
            if (!IsKept(window, floor, in candidate))
                break;
            (point, found) = (candidate, true);
            if (window.Train(point.Train).DeliveryNs <= placeNs)
                break;
        }
        return found;
    }

    // The writer may be a lap ahead by now: a copy counts only when it was still inside the lap afterwards.
    private bool TryCopy(long index, out AccessPoint point)
    {
        point = _points[index & (_points.Length - 1)];
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref _tail) - index < _points.Length;
    }

    private static bool IsKept(FeedWindow window, uint floor, in AccessPoint point)
    {
        if ((int)(point.Train - floor) < 0)
            return false;
        var firstKept = window.Train(floor).FirstPacket;
        for (var i = 0; i < point.PrefaceCount; i++)
            if ((int)(point.Preface[i] - firstKept) < 0)
                return false;
        return true;
    }

    // The last train delivered at or before the place; delivery times only grow.
    private static bool TryFindTrain(FeedWindow window, long placeNs, out AccessPoint point)
    {
        var (from, to) = (window.Floor, window.TrainTail);
        point = default;
        if (from == to)
            return false;
        while (to - from > 1)
        {
            var middle = from + (to - from) / 2;
            if (window.Train(middle).DeliveryNs <= placeNs)
                from = middle;
            else
                to = middle;
        }
        (point.Train, point.Packet) = (from, window.Train(from).FirstPacket);
        return true;
    }

    private void Add((uint Packet, uint Train) first, long deliveryNs)
    {
        _counters.AccessPoints++;
        Volatile.Write(ref _counters.LastAccessNs, deliveryNs);
        if (deliveryNs - _lastNs < SpacingNs)
            return;
        ref var point = ref _points[_tail & (_points.Length - 1)];
        (point.Train, point.Packet, point.PrefaceCount) = (first.Train, first.Packet, 0);
        if (Codec == AccessCodec.MpegTs && !(TryAddPreface(ref point, _tables.Pat) && TryAddPreface(ref point, _tables.Pmt)))
            return;
        _lastNs = deliveryNs;
        Volatile.Write(ref _tail, _tail + 1);
    }

    // False when the table lies in so many datagrams that it is no small thing to send before.
    private static bool TryAddPreface(ref AccessPoint point, TableSpan span)
    {
        for (var packet = span.First; packet != span.Last + 1 && packet != point.Packet; packet++)
        {
            if (point.PrefaceCount > 0 && point.Preface[point.PrefaceCount - 1] == packet)
                continue;
            if (point.PrefaceCount == PrefacePackets.Max)
                return false;
            point.Preface[point.PrefaceCount++] = packet;
        }
        return true;
    }
}
