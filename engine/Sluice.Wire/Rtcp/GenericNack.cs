using System.Buffers.Binary;
using System.Diagnostics;

namespace Sluice.Wire.Rtcp;

/// <summary>A receiver names packets it misses (RFC 4585 §6.2.1), seen in place; walked with <c>foreach</c> entry by entry.</summary>
public readonly ref struct GenericNack
{
    /// <summary>FMT of the generic NACK among transport feedback (RFC 4585 §6.2).</summary>
    public const int FeedbackType = 1;

    /// <summary>Bytes before the first entry.</summary>
    public const int HeadSize = 12;

    private readonly ReadOnlySpan<byte> _entries;

    private GenericNack(uint senderSsrc, uint mediaSsrc, ReadOnlySpan<byte> entries)
    {
        SenderSsrc = senderSsrc;
        MediaSsrc = mediaSsrc;
        _entries = entries;
    }

    public uint SenderSsrc { get; }

    /// <summary>The stream whose packets are missing.</summary>
    public uint MediaSsrc { get; }

    /// <summary>1 or more: the RFC knows no empty NACK.</summary>
    public int EntryCount => _entries.Length / NackEntry.Size;

    public static int SizeWith(int entries) => HeadSize + entries * NackEntry.Size;

    public static bool TryRead(scoped in RtcpPacket packet, out GenericNack nack)
    {
        nack = default;
        if (!packet.Is(RtcpPacketType.TransportFeedback, 8 + NackEntry.Size) || packet.Count != FeedbackType)
            return false;
        var body = packet.Body;
        nack = new GenericNack(BinaryPrimitives.ReadUInt32BigEndian(body), BinaryPrimitives.ReadUInt32BigEndian(body[4..]), body[8..]);
        return true;
    }

    /// <summary>Writes <see cref="SizeWith"/> bytes; at least one entry.</summary>
    public static void Write(Span<byte> target, uint senderSsrc, uint mediaSsrc, ReadOnlySpan<NackEntry> entries)
    {
        Debug.Assert(entries.Length > 0, "A NACK without entries asks for nothing.");
        target = target[..SizeWith(entries.Length)];
        RtcpPacket.WriteHeader(target, RtcpPacketType.TransportFeedback, FeedbackType, target.Length);
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], senderSsrc);
        BinaryPrimitives.WriteUInt32BigEndian(target[8..], mediaSsrc);
        var rest = target[HeadSize..];
        foreach (ref readonly var entry in entries)
        {
            entry.Write(rest);
            rest = rest[NackEntry.Size..];
        }
    }

    public Enumerator GetEnumerator() => new(_entries);

    public ref struct Enumerator(ReadOnlySpan<byte> entries)
    {
        private ReadOnlySpan<byte> _rest = entries;
        private NackEntry _current;

        public readonly NackEntry Current => _current;

        public bool MoveNext()
        {
            if (!NackEntry.TryRead(_rest, out _current))
                return false;
            _rest = _rest[NackEntry.Size..];
            return true;
        }
    }
}
