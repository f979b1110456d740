using System.Diagnostics;
using CommunityToolkit.HighPerformance;
using Sluice.Linux;

namespace Sluice.Flow;

/// <summary>One packet of a feed as the send loops need it; 40 bytes.</summary>
internal struct FeedPacket
{
    public nint Body;
    public int Slot;
    public uint Sequence;
    public uint RtpTimestamp;
    public ushort BodyLength;
    public ushort PayloadSkip;      // from body to payload: CSRC list and extension
    public ushort PayloadLength;
    public byte FirstByte;
    public byte MarkerAndPayloadType;
}

/// <summary>
/// Consecutive packets that leave together for one client. A bit in a break mask says that this packet begins a new
/// UDP message: the packets of one message have one size, and only its last may be shorter (udp(7), UDP_SEGMENT).
/// </summary>
internal struct Train
{
    public long DeliveryNs;
    public uint FirstPacket;
    public ushort Count;
    public ushort RtpBreaks;
    public ushort RawBreaks;

    /// <summary>The train without its first packets.</summary>
    public readonly Train From(int skip) => this with
    {
        FirstPacket = FirstPacket + (uint)skip,
        Count = (ushort)(Count - skip),
        RtpBreaks = (ushort)(RtpBreaks >> skip | 1),
        RawBreaks = (ushort)(RawBreaks >> skip | 1),
    };

    /// <summary>One packet on its own.</summary>
    public static Train Of(uint packet) => new() { FirstPacket = packet, Count = 1, RtpBreaks = 1, RawBreaks = 1 };
}

// Ownership              written by     read by         changes hands when
//   _packets, _trains    stamp thread   send threads    TrainTail passes the train (release);
//                                                       reused when no send loop's pass can still want it (Feed.Release)
//   TrainTail            stamp thread   send threads    —
//   Floor                stamp thread   send threads    trains below it go when every send loop's pass began after it was set (FeedHistory)

/// <summary>The packets and trains of one feed that some client may still be waiting for.</summary>
internal sealed class FeedWindow(int packets)
{
    private FeedPacket[] _packets = new FeedPacket[packets];
    private Train[] _trains = new Train[packets];
    /// <summary>Of a window that nothing is in yet.</summary>
    public const int LeastPackets = 16;

    private uint _packetTail, _packetHead;
    private uint _trainTail, _trainHead, _floor;

    /// <summary>Number of the next train; every smaller one is there to be sent.</summary>
    public uint TrainTail => Volatile.Read(ref _trainTail);

    /// <summary>No client that still catches up may send a train below this one.</summary>
    public uint Floor
    {
        get => Volatile.Read(ref _floor);
        set => Volatile.Write(ref _floor, value);
    }

    public uint PacketTail => _packetTail;

    /// <summary>Packets kept. Stamp thread.</summary>
    public int Count => (int)(_packetTail - _packetHead);

    /// <summary>The oldest train kept. Stamp thread.</summary>
    public uint TrainHead => _trainHead;

    /// <summary>Where packets lie by sequence number; null when nobody may have any again.</summary>
    public RetransmitIndex? Index { get; set; }

    /// <summary>Gives an empty window that no client is seated on room for so many packets, a power of two. Control plane.</summary>
    public void Resize(int packets)
    {
        Debug.Assert(int.IsPow2(packets) && Count == 0, "only an empty window can change its size");
        if (_packets.Length != packets)
            (_packets, _trains) = (new FeedPacket[packets], new Train[packets]);
    }

    /// <summary>
    /// Doubles a full window; false when it has that size. Its feed's thread. Send loops may go on reading: what is kept stands at the same
    /// numbers in the new arrays as in the old ones, which nobody writes any more.
    /// </summary>
    public bool TryGrow(int packetsMax)
    {
        if (_packets.Length * 2 > packetsMax)
            return false;
        var (packets, trains) = (new FeedPacket[_packets.Length * 2], new Train[_trains.Length * 2]);
        for (var number = _packetHead; number != _packetTail; number++)
            packets[number & (uint)(packets.Length - 1)] = Packet(number);
        for (var number = _trainHead; number != _trainTail; number++)
            trains[number & (uint)(trains.Length - 1)] = Train(number);
        Volatile.Write(ref _packets, packets);
        Volatile.Write(ref _trains, trains);
        return true;
    }

    /// <summary>Whether another train of one packet would make it look lapped to a client that has sent none yet: see <see cref="TrainsReadable"/>.</summary>
    public bool IsAlmostFull => Count >= _packets.Length - 2;

    public bool IsFull => _packetTail - _packetHead >= _packets.Length;

    public ref readonly FeedPacket Packet(uint number)
    {
        var packets = _packets;     // once: the window may grow meanwhile
        return ref packets.DangerousGetReferenceAt((int)number & (packets.Length - 1));
    }

    public ref readonly Train Train(uint number)
    {
        var trains = _trains;
        return ref trains.DangerousGetReferenceAt((int)number & (trains.Length - 1));
    }

    /// <summary>It will be looked into.</summary>
    public void LookAhead()
    {
        Prefetch.Line(ref _packets);
        Prefetch.Line(ref _floor);
    }

    /// <summary>The packets of a train will be wanted: the first two lines of them.</summary>
    public void LookAtPackets(uint train)
    {
        var first = Train(train).FirstPacket;
        Prefetch.Line(in Packet(first));
        Prefetch.Line(in Packet(first + 2));
    }

    public void Append(in FeedPacket packet)
    {
        Debug.Assert(!IsFull, "the caller asks first");
        _packets[_packetTail++ & (uint)(_packets.Length - 1)] = packet;
    }

    /// <summary>
    /// So many trains below the tail certainly are what they were: the one before them may be being overwritten, and so may one more
    /// where the processor shows stores out of their order.
    /// </summary>
    public uint TrainsReadable => (uint)_trains.Length - 2;

    /// <summary>Shows the send loops the next train.</summary>
    public void Publish(in Train train)
    {
        _trains[_trainTail & (uint)(_trains.Length - 1)] = train;
        Volatile.Write(ref _trainTail, _trainTail + 1);
    }

    /// <summary>The oldest train still kept; false when there is none.</summary>
    public bool TryPeekOldest(out long deliveryNs)
    {
        deliveryNs = _trainHead == _trainTail ? 0 : Train(_trainHead).DeliveryNs;
        return _trainHead != _trainTail;
    }

    /// <summary>Lets go of one packet of the oldest train; false when the train had no more and is gone itself.</summary>
    public bool TryRelease(out int slot)
    {
        ref readonly var train = ref Train(_trainHead);
        if (_packetHead == train.FirstPacket + train.Count)
        {
            _trainHead++;
            slot = -1;
            return false;
        }
        slot = Packet(_packetHead++).Slot;
        return true;
    }
}
