using System.Buffers.Binary;
using Sluice.Flow;

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
        packet = new ReplayPacket(MediaNs(Next), (ulong)Next, (uint)(Next * 900), 33, IsBreak: false);
        payload = PayloadBytes <= _payload.Length ? _payload.AsSpan(0, PayloadBytes) : new byte[PayloadBytes];
        Next++;
        return ReplayStatus.Packet;
    }

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }
}
