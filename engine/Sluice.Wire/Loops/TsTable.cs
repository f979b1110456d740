using Sluice.Wire.MpegTs;

namespace Sluice.Wire.Loops;

/// <summary>Keeps the packets of the newest whole table of one PID, for a decoder that begins later. Owned by one thread.</summary>
internal sealed class TsTable
{
    /// <summary>A table in more packets than this is no small thing to send before a stream.</summary>
    public const int PacketsMax = 8;

    private readonly byte[] _partial = new byte[PacketsMax * TsPacket.Size];
    private readonly byte[] _whole = new byte[PacketsMax * TsPacket.Size];
    private int _partialBytes = -1;
    private int _wholeBytes;

    /// <summary>Whole packets; empty before the first table.</summary>
    public ReadOnlySpan<byte> Whole => _whole.AsSpan(0, _wholeBytes);

    /// <summary>Takes a packet of the PID.</summary>
    /// <param name="packet">188 bytes.</param>
    /// <param name="startsUnit">Its payload_unit_start_indicator.</param>
    /// <param name="completes">Whether somebody who read it says that the table is whole with it.</param>
    public void Take(ReadOnlySpan<byte> packet, bool startsUnit, bool completes)
    {
        if (startsUnit)
            _partialBytes = 0;
        if (_partialBytes < 0 || _partialBytes + TsPacket.Size > _partial.Length)
        {
            _partialBytes = -1;
            return;
        }
        packet.CopyTo(_partial.AsSpan(_partialBytes));
        _partialBytes += TsPacket.Size;
        if (!completes)
            return;
        _partial.AsSpan(0, _partialBytes).CopyTo(_whole);
        _wholeBytes = _partialBytes;
    }

    public void Forget() => (_partialBytes, _wholeBytes) = (-1, 0);
}
