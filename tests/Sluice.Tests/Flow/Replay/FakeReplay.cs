using System.Buffers.Binary;
using Sluice.Flow;
using Sluice.Store;

namespace Sluice.Tests.Flow.Replay;

/// <summary>Packets on a line of time, each with its number as payload; some may be held back, and it may end.</summary>
internal sealed class FakeReplay(long firstNs, long intervalNs, int count = int.MaxValue) : ReplaySource
{
    private readonly byte[] _payload = new byte[HandDriven.PayloadBytes];

    /// <summary>The number of the next packet.</summary>
    public int Next { get; set; }

    /// <summary>Packets from here on are not there yet.</summary>
    public int Written { get; set; } = int.MaxValue;

    /// <summary>Bytes of a payload.</summary>
    public int PayloadBytes { get; set; } = HandDriven.PayloadBytes;

    /// <summary>Not 0: its packets are records of this file, and so are those of others that say the same.</summary>
    public ulong Epoch { get; init; }

    /// <summary>Packets that it was asked to read.</summary>
    public int Reads { get; private set; }

    public bool IsDisposed { get; private set; }

    public long MediaNs(int packet) => firstNs + packet * intervalNs;

    public override ReplayStatus TryNext(out ReplayPacket packet, out ReadOnlySpan<byte> payload)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        packet = default;
        payload = default;
        if (Next == count)
            return ReplayStatus.Ended;
        if (Next >= Written)
            return ReplayStatus.Waiting;
        BinaryPrimitives.WriteInt32BigEndian(_payload, Next);
        packet = Packet(Next);
        Reads++;
        payload = PayloadBytes <= _payload.Length ? _payload.AsSpan(0, PayloadBytes) : new byte[PayloadBytes];
        Next++;
        return ReplayStatus.Packet;
    }

    internal override bool TryPeekPlace(out RecordPlace place)
    {
        place = new RecordPlace(Epoch, Next);
        return Epoch != 0 && Next < Math.Min(count, Written);
    }

    internal override ReplayStatus Take(in RecordMeta meta, int payloadBytes, out ReplayPacket packet)
    {
        Assert.Equal(((ulong)Next, PayloadBytes), (meta.FeedSequence, payloadBytes));
        packet = Packet(Next++);
        return ReplayStatus.Packet;
    }

    internal override bool TryTell(out RecordPlace place, out RecordMeta meta)
    {
        (place, meta) = (new RecordPlace(Epoch, Next - 1), new RecordMeta { FeedSequence = (ulong)Next - 1 });
        return Epoch != 0;
    }

    private ReplayPacket Packet(int number) => new(MediaNs(number), (ulong)number, (uint)(number * 900), 33, IsBreak: false);

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }
}
