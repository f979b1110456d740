using Sluice.Wire.MpegTs;

namespace Sluice.Tests.Kit.Media;

/// <summary>Takes a byte stream as it comes, in pieces of any size, and says whether it is whole transport packets in order.</summary>
internal sealed class TsStreamCheck
{
    private readonly TsContinuity _continuity = new();
    private readonly byte[] _packet = new byte[TsPacket.Size];
    private int _held;

    public long Bytes { get; private set; }
    public long Packets { get; private set; }
    public long BadPackets { get; private set; }
    public long ContinuityErrors => _continuity.Errors;

    /// <summary>Bytes of a packet that has not come whole.</summary>
    public int Left => _held;

    /// <summary>Sees every whole packet; for tests that mark theirs.</summary>
    public Action<byte[]>? OnPacket { get; init; }

    public void Take(ReadOnlySpan<byte> bytes)
    {
        Bytes += bytes.Length;
        while (!bytes.IsEmpty)
        {
            var count = Math.Min(bytes.Length, TsPacket.Size - _held);
            bytes[..count].CopyTo(_packet.AsSpan(_held));
            _held += count;
            bytes = bytes[count..];
            if (_held == TsPacket.Size)
                TakePacket();
        }
    }

    private void TakePacket()
    {
        _held = 0;
        Packets++;
        if (!TsPacket.TryParse(_packet, out var packet))
            BadPackets++;
        else
            _continuity.Receive(packet);
        OnPacket?.Invoke(_packet);
    }

    public override string ToString() => $"{Packets} packets, {BadPackets} bad, {ContinuityErrors} continuity errors, {Left} bytes left over";
}
