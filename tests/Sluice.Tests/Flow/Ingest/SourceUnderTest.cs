using System.Net;
using Sluice.Flow;
using Sluice.Linux;
using Sluice.Wire.Rtp;

namespace Sluice.Tests.Flow.Ingest;

/// <summary>A source receiver with what a test says to it in one line each.</summary>
internal sealed class SourceUnderTest
{
    public static readonly DatagramAddress Alice = DatagramAddress.From(IPAddress.Parse("10.0.0.1"), 5000);
    public static readonly DatagramAddress Mallory = DatagramAddress.From(IPAddress.Parse("10.0.0.66"), 5000);

    private readonly SourceReceiver _receiver;

    public SourceUnderTest(bool isRaw = false, DatagramAddress? bound = null, int payloadType = -1, long reorderNs = 0,
        bool detects = false) =>
        _receiver = new SourceReceiver(new SourcePlan(0, 0, isRaw, bound, payloadType, reorderNs) { Port = Port, Detects = detects },
            new EngineLimits { ReorderPacketsMax = 64 }, Own);

    public const int Port = 5_004;

    /// <summary>What the engine is said to send.</summary>
    public OwnOutputs Own { get; } = new();

    public SourceCounters Counters => _receiver.Counters;
    public SourceReceiver Receiver => _receiver;

    /// <summary>What came out, in order.</summary>
    public List<ArrivedPacket> Taken { get; } = [];

    /// <summary>The sequence numbers that came out, since the first.</summary>
    public IEnumerable<long> Numbers => Taken.Select(packet => packet.ExtendedSequence - Taken[0].ExtendedSequence);

    public long NowNs { get; set; } = 1_000_000_000;

    public bool Rtp(int sequence, uint ssrc = 7, DatagramAddress? from = null, byte payloadType = 33, uint timestamp = 0) =>
        Offer(RtpBytes(sequence, ssrc, payloadType, timestamp), from);

    public bool Offer(byte[] datagram, DatagramAddress? from = null)
    {
        var packet = new ArrivedPacket { ArrivalNs = NowNs };
        var taken = _receiver.Offer(datagram, from ?? Alice, ref packet);
        TakeAll();
        return taken;
    }

    public void TakeAll()
    {
        while (_receiver.TryTake(NowNs, out var packet))
            Taken.Add(packet);
    }

    /// <summary>The sum of every counter that stands for a refused datagram.</summary>
    public long Refusals => Counters.Malformed + Counters.WrongPayloadType + Counters.ForeignSender + Counters.Probation +
        Counters.Jumps + Counters.NotTransportStream + Counters.Duplicates + Counters.Late + Counters.Looped;

    public static byte[] RtpBytes(int sequence, uint ssrc = 7, byte payloadType = 33, uint timestamp = 0, int payload = 20)
    {
        var bytes = new byte[RtpHeader.Size + payload];
        new RtpHeader(payloadType, false, (ushort)sequence, timestamp, ssrc).Write(bytes);
        return bytes;
    }
}
