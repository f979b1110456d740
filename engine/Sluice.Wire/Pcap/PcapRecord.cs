namespace Sluice.Wire.Pcap;

/// <summary>The 16 bytes before each captured packet (draft-ietf-opsawg-pcap §5).</summary>
/// <param name="TimeNs">When it was captured, ns since 1970-01-01 UTC.</param>
/// <param name="CapturedLength">Bytes that follow.</param>
/// <param name="WireLength">Bytes that the packet had.</param>
public readonly record struct PcapRecord(long TimeNs, int CapturedLength, int WireLength)
{
    public const int Size = 16;

    /// <summary>libpcap's MAXIMUM_SNAPLEN: a length above it is no length.</summary>
    public const int CapturedMax = 262_144;

    /// <summary>False: too short, or a length that no packet has.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, in PcapHeader file, out PcapRecord record)
    {
        record = default;
        if (source.Length < Size)
            return false;
        uint seconds = PcapHeader.Read(source, file.IsBigEndian), fraction = PcapHeader.Read(source[4..], file.IsBigEndian);
        uint captured = PcapHeader.Read(source[8..], file.IsBigEndian), wire = PcapHeader.Read(source[12..], file.IsBigEndian);
        if (captured > CapturedMax || wire > int.MaxValue)
            return false;
        record = new PcapRecord(seconds * 1_000_000_000L + fraction * (file.IsNanoseconds ? 1L : 1_000L), (int)captured, (int)wire);
        return true;
    }

    public void Write(Span<byte> target, in PcapHeader file)
    {
        long fraction = TimeNs % 1_000_000_000;
        PcapHeader.Write(target, (uint)(TimeNs / 1_000_000_000), file.IsBigEndian);
        PcapHeader.Write(target[4..], (uint)(file.IsNanoseconds ? fraction : fraction / 1_000), file.IsBigEndian);
        PcapHeader.Write(target[8..], (uint)CapturedLength, file.IsBigEndian);
        PcapHeader.Write(target[12..], (uint)WireLength, file.IsBigEndian);
    }
}
