using System.Buffers.Binary;

namespace Sluice.Wire.Pcap;

/// <summary>
/// The 24 bytes before the packets of a capture file in libpcap's classic format (draft-ietf-opsawg-pcap §4): byte order, unit of
/// the times and what a packet begins with.
/// </summary>
/// <param name="IsBigEndian">Byte order of this header and of every packet's.</param>
/// <param name="IsNanoseconds">Unit of the second half of every time; else microseconds.</param>
/// <param name="Link">What a captured packet begins with.</param>
public readonly record struct PcapHeader(bool IsBigEndian, bool IsNanoseconds, PcapLink Link)
{
    public const int Size = 24;

    /// <summary>The beginning of pcapng files, which are another format.</summary>
    public const uint PcapNgMagic = 0x0a0d_0d0a;

    private const uint Microseconds = 0xa1b2_c3d4, Nanoseconds = 0xa1b2_3c4d;
    private const uint Version = 2, Minor = 4;

    /// <summary>Whether these first four bytes, or more, are those of such a file.</summary>
    public static bool IsMagic(ReadOnlySpan<byte> bytes) => bytes.Length >= 4
        && (BinaryPrimitives.ReadUInt32BigEndian(bytes) is Microseconds or Nanoseconds
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes) is Microseconds or Nanoseconds);

    /// <summary>False: too short, another magic number or another major version.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, out PcapHeader header)
    {
        header = default;
        if (source.Length < Size || !IsMagic(source))
            return false;
        bool isBig = BinaryPrimitives.ReadUInt32BigEndian(source) is Microseconds or Nanoseconds;
        uint magic = Read(source, isBig);
        ushort major = isBig ? BinaryPrimitives.ReadUInt16BigEndian(source[4..]) : BinaryPrimitives.ReadUInt16LittleEndian(source[4..]);
        // The upper bits of the last field say whether frames end with their check sequence.
        header = new PcapHeader(isBig, magic == Nanoseconds, (PcapLink)(Read(source[20..], isBig) & 0xffff));
        return major == Version;
    }

    public void Write(Span<byte> target)
    {
        target[..Size].Clear();
        Write(target, IsNanoseconds ? Nanoseconds : Microseconds, IsBigEndian);
        Write(target[4..], IsBigEndian ? Version << 16 | Minor : Minor << 16 | Version, IsBigEndian);
        Write(target[16..], PcapRecord.CapturedMax, IsBigEndian);
        Write(target[20..], (uint)Link, IsBigEndian);
    }

    internal static uint Read(ReadOnlySpan<byte> source, bool isBigEndian) =>
        isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(source) : BinaryPrimitives.ReadUInt32LittleEndian(source);

    internal static void Write(Span<byte> target, uint value, bool isBigEndian)
    {
        if (isBigEndian)
            BinaryPrimitives.WriteUInt32BigEndian(target, value);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(target, value);
    }
}

/// <summary>What a captured packet begins with: the LINKTYPE values of tcpdump.org that UDP is found in.</summary>
public enum PcapLink
{
    /// <summary>BSD loopback: four bytes of address family in the byte order of the machine.</summary>
    Null = 0,
    Ethernet = 1,

    /// <summary>Raw IP, as older systems number it.</summary>
    RawOld = 12, RawBsd = 14,

    /// <summary>The IP header, version 4 or 6.</summary>
    Raw = 101,

    /// <summary>OpenBSD loopback: as <see cref="Null"/> in network byte order.</summary>
    Loop = 108,

    /// <summary>Linux "cooked" captures, of all devices.</summary>
    LinuxSll = 113,
    IPv4 = 228,
    IPv6 = 229,
    LinuxSll2 = 276,
}
