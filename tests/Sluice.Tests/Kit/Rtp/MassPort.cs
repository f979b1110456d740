using System.Buffers.Binary;

namespace Sluice.Tests.Kit.Rtp;

/// <summary>
/// One of a thousand ports: what came, judged as it comes, with room made beforehand. Written by the receiver's thread; read by the
/// test after <see cref="MassReceiver.Stop"/> (<see cref="Count"/> and <see cref="HighestIndex"/> also while it runs).
/// </summary>
internal sealed class MassPort(int port, int packetsMax)
{
    private const int HeaderSize = 12, DatagramSize = HeaderSize + StampedSender.PayloadSize;

    /// <summary>One payload of so many is checked to its last byte; of the others the header, the length and the stamp's own fields.</summary>
    private const int WholeCheckEvery = 16;

    private readonly long[] _arrivalNs = new long[packetsMax];
    private ushort _sequenceOffset;
    private volatile int _count;
    private volatile int _highest = -1;

    public int Port => port;
    public int Count => _count;

    /// <summary>The stamps' indexes of the first packet that came, and of the highest; −1 before any.</summary>
    public int FirstIndex { get; private set; } = -1;

    /// <inheritdoc cref="FirstIndex"/>
    public int HighestIndex => _highest;

    public uint Ssrc { get; private set; }
    public int Duplicates { get; private set; }
    public int OutOfOrder { get; private set; }

    /// <summary>Not a whole stamped RTP packet, another SSRC than the first one's, or a sequence number that does not follow.</summary>
    public int Wrong { get; private set; }

    /// <summary>What the kernel dropped at this socket because it was full: the receiver's fault (SO_RXQ_OVFL).</summary>
    public uint Overflowed { get; set; }

    /// <summary>The packets between the first and the highest that never came.</summary>
    public int Lost => _count == 0 ? 0 : _highest - FirstIndex + 1 - _count;

    /// <summary>When the kernel took packet <paramref name="index"/> (CLOCK_REALTIME, ns); 0 when it did not come.</summary>
    public long ArrivalNs(int index) => _arrivalNs[index];

    public void Take(ReadOnlySpan<byte> datagram, long arrivalNs)
    {
        if (datagram.Length != DatagramSize || datagram[0] >> 6 != 2 || !TryReadIndex(datagram[HeaderSize..], out var index))
        {
            Wrong++;
            return;
        }
        var offset = (ushort)(BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]) - index);
        var ssrc = BinaryPrimitives.ReadUInt32BigEndian(datagram[8..]);
        if (_count == 0) (FirstIndex, _highest, _sequenceOffset, Ssrc) = (index, index, offset, ssrc);
        if (offset != _sequenceOffset || ssrc != Ssrc) Wrong++;
        else if (_arrivalNs[index] != 0) Duplicates++;
        else Keep(index, arrivalNs);
    }

    private void Keep(int index, long arrivalNs)
    {
        if (index < _highest) OutOfOrder++;
        else _highest = index;
        FirstIndex = Math.Min(FirstIndex, index);
        _arrivalNs[index] = arrivalNs;
        _count++;   // one writer
    }

    private bool TryReadIndex(ReadOnlySpan<byte> payload, out int index)
    {
        if (!Stamp.TryReadIndex(payload, out index) || (uint)index >= (uint)_arrivalNs.Length) return false;
        return (index + port / 2) % WholeCheckEvery != 0 || Stamp.TryRead(payload, out _);
    }
}
