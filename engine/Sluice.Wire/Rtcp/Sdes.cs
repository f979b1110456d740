using System.Buffers.Binary;
using System.Diagnostics;

namespace Sluice.Wire.Rtcp;

/// <summary>SDES item types (RFC 3550 §6.5).</summary>
public enum SdesItemType : byte
{
    End = 0,
    Cname = 1,
    Name = 2,
    Email = 3,
    Phone = 4,
    Location = 5,
    Tool = 6,
    Note = 7,
    Private = 8,
}

/// <summary>One item: whose, what, and its UTF-8 text as it came (never to be trusted as text).</summary>
public readonly ref struct SdesItem(uint ssrc, SdesItemType type, ReadOnlySpan<byte> text)
{
    public uint Ssrc { get; } = ssrc;
    public SdesItemType Type { get; } = type;
    public ReadOnlySpan<byte> Text { get; } = text;
}

/// <summary>A source description seen in place: the items of all chunks in one walk (RFC 3550 §6.5).</summary>
public readonly ref struct Sdes
{
    /// <summary>An item's length is one byte.</summary>
    public const int TextMax = 255;

    private readonly ReadOnlySpan<byte> _chunks;

    private Sdes(ReadOnlySpan<byte> chunks) => _chunks = chunks;

    /// <summary>Bytes of a packet with one chunk that holds a CNAME of that length.</summary>
    public static int SizeOfCname(int textLength) => RtcpPacket.HeaderSize + AlignUp(SsrcSize + ItemHeadSize + textLength + 1);

    /// <summary>True when each of the announced chunks is whole and closed by its null item.</summary>
    public static bool TryRead(scoped in RtcpPacket packet, out Sdes sdes)
    {
        sdes = default;
        if (!packet.Is(RtcpPacketType.SourceDescription, 0))
            return false;
        var rest = packet.Body;
        for (int chunk = 0; chunk < packet.Count; chunk++)
        {
            if (!TrySkipChunk(ref rest))
                return false;
        }
        sdes = new Sdes(packet.Body[..^rest.Length]);
        return true;
    }

    /// <summary>Writes <see cref="SizeOfCname"/> bytes: one chunk with the one item that every compound must have.</summary>
    public static void WriteCname(Span<byte> target, uint ssrc, ReadOnlySpan<byte> cname)
    {
        Debug.Assert(cname.Length <= TextMax, "A CNAME longer than 255 bytes cannot be said.");
        target = target[..SizeOfCname(cname.Length)];
        target[RtcpPacket.HeaderSize..].Clear();
        RtcpPacket.WriteHeader(target, RtcpPacketType.SourceDescription, count: 1, target.Length);
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], ssrc);
        target[8] = (byte)SdesItemType.Cname;
        target[9] = (byte)cname.Length;
        cname.CopyTo(target[10..]);
    }

    /// <summary>The canonical name of one source, if this packet says it.</summary>
    public bool TryGetCname(uint ssrc, out ReadOnlySpan<byte> cname)
    {
        foreach (var item in this)
        {
            if (item.Ssrc != ssrc || item.Type != SdesItemType.Cname)
                continue;
            cname = item.Text;
            return true;
        }
        cname = default;
        return false;
    }

    public Enumerator GetEnumerator() => new(_chunks);

    private const int SsrcSize = 4;
    private const int ItemHeadSize = 2;

    private static int AlignUp(int size) => (size + 3) & ~3;

    private static bool TrySkipChunk(ref ReadOnlySpan<byte> rest)
    {
        int at = SsrcSize;
        while (at < rest.Length && rest[at] != (byte)SdesItemType.End)
        {
            if (at + ItemHeadSize > rest.Length)
                return false;
            at += ItemHeadSize + rest[at + 1];
        }
        // The null item that closes the list must be there, and the nulls after it reach to the next word. A body is
        // whole words, so these fit when the first does.
        if (at >= rest.Length)
            return false;
        rest = rest[AlignUp(at + 1)..];
        return true;
    }

    /// <summary>Walks items over chunk borders; takes at least two bytes at each step, so it ends.</summary>
    public ref struct Enumerator(ReadOnlySpan<byte> chunks)
    {
        private readonly ReadOnlySpan<byte> _chunks = chunks;
        private int _at;
        private uint _ssrc;
        private bool _insideChunk;

        public SdesItem Current { get; private set; }

        public bool MoveNext()
        {
            while (_at < _chunks.Length)
            {
                if (!_insideChunk)
                    EnterChunk();
                else if (_chunks[_at] == (byte)SdesItemType.End)
                    LeaveChunk();
                else
                    return TakeItem();
            }
            return false;
        }

        private void EnterChunk()
        {
            _ssrc = BinaryPrimitives.ReadUInt32BigEndian(_chunks[_at..]);
            _at += SsrcSize;
            _insideChunk = true;
        }

        private void LeaveChunk()
        {
            _at = AlignUp(_at + 1);
            _insideChunk = false;
        }

        private bool TakeItem()
        {
            var text = _chunks.Slice(_at + ItemHeadSize, _chunks[_at + 1]);
            Current = new SdesItem(_ssrc, (SdesItemType)_chunks[_at], text);
            _at += ItemHeadSize + text.Length;
            return true;
        }
    }
}
