using System.Diagnostics;

namespace Sluice.Wire.Rtcp;

/// <summary>The report blocks of an SR or RR, seen in place and walked with <c>foreach</c> (RFC 3550 §6.4).</summary>
public readonly ref struct ReportBlocks
{
    private readonly ReadOnlySpan<byte> _bytes;

    private ReportBlocks(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    public int Count => _bytes.Length / ReportBlock.Size;

    /// <summary>Bytes of a report with that many blocks behind <paramref name="fixedSize"/>.</summary>
    internal static int SizeAfter(int fixedSize, int blocks) => fixedSize + blocks * ReportBlock.Size;

    internal static bool TryRead(ReadOnlySpan<byte> source, int count, out ReportBlocks blocks)
    {
        bool fits = source.Length >= count * ReportBlock.Size;
        blocks = fits ? new ReportBlocks(source[..(count * ReportBlock.Size)]) : default;
        return fits;
    }

    internal static void Write(Span<byte> target, ReadOnlySpan<ReportBlock> blocks)
    {
        Debug.Assert(blocks.Length <= RtcpPacket.CountMax, "More than 31 sources need a second report packet.");
        foreach (ref readonly var block in blocks)
        {
            block.Write(target);
            target = target[ReportBlock.Size..];
        }
    }

    public Enumerator GetEnumerator() => new(_bytes);

    public ref struct Enumerator(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;
        private ReportBlock _current;

        public readonly ReportBlock Current => _current;

        public bool MoveNext()
        {
            if (!ReportBlock.TryRead(_rest, out _current))
                return false;
            _rest = _rest[ReportBlock.Size..];
            return true;
        }
    }
}
