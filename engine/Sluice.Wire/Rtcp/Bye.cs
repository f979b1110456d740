using System.Buffers.Binary;
using System.Diagnostics;

namespace Sluice.Wire.Rtcp;

/// <summary>
/// Sources that leave, and why (RFC 3550 §6.6), seen in place. A hint only: believed from the bound address and SSRC,
/// and even then silence decides (X6).
/// </summary>
public readonly ref struct Bye
{
    public const int ReasonMax = 255;

    private readonly ReadOnlySpan<byte> _sources;

    private Bye(ReadOnlySpan<byte> sources, ReadOnlySpan<byte> reason)
    {
        _sources = sources;
        Reason = reason;
    }

    /// <summary>0 to 31; 0 is legal and says nothing.</summary>
    public int SourceCount => _sources.Length / 4;

    /// <summary>UTF-8 as it came; empty when none is given.</summary>
    public ReadOnlySpan<byte> Reason { get; }

    /// <summary>The leaving source at <paramref name="index"/>, 0 to <see cref="SourceCount"/> − 1.</summary>
    public uint Ssrc(int index) => BinaryPrimitives.ReadUInt32BigEndian(_sources[(4 * index)..]);

    /// <summary>Bytes of a packet for one source; the reason, if any, takes its length byte and is padded to a word.</summary>
    public static int SizeOf(int reasonLength) =>
        RtcpPacket.HeaderSize + 4 + (reasonLength == 0 ? 0 : (1 + reasonLength + 3) & ~3);

    public static bool TryRead(scoped in RtcpPacket packet, out Bye bye)
    {
        bye = default;
        int sourcesSize = 4 * packet.Count;
        if (!packet.Is(RtcpPacketType.Bye, sourcesSize))
            return false;
        var rest = packet.Body[sourcesSize..];
        ReadOnlySpan<byte> reason = default;
        if (rest.Length > 0)
        {
            // The length byte is the sender's claim (CVE-2021-43804 believed it).
            if (rest[0] > rest.Length - 1)
                return false;
            reason = rest.Slice(1, rest[0]);
        }
        bye = new Bye(packet.Body[..sourcesSize], reason);
        return true;
    }

    /// <summary>Writes <see cref="SizeOf"/> bytes for one leaving source.</summary>
    public static void Write(Span<byte> target, uint ssrc, ReadOnlySpan<byte> reason = default)
    {
        Debug.Assert(reason.Length <= ReasonMax, "A reason longer than 255 bytes cannot be said.");
        target = target[..SizeOf(reason.Length)];
        RtcpPacket.WriteHeader(target, RtcpPacketType.Bye, count: 1, target.Length);
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], ssrc);
        if (reason.IsEmpty)
            return;
        target[8..].Clear();
        target[8] = (byte)reason.Length;
        reason.CopyTo(target[9..]);
    }
}
