using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Sluice.Wire.Sap;

/// <summary>
/// One session announcement or deletion seen in place (RFC 2974 §6). Encrypted and compressed packets are no packets here:
/// the RFC itself advises against the one, and nobody sends the other.
/// </summary>
// | V=1(3) A R T E C | auth length | message id hash (16) | origin (32 or 128) | authentication data | payload type, 0 | payload |
public readonly ref struct SapPacket
{
    /// <summary>The UDP port of announcements (RFC 2974 §3).</summary>
    public const ushort Port = 9875;

    /// <summary>What the payload type says of SDP (RFC 2974 §6).</summary>
    public static ReadOnlySpan<byte> SdpType => "application/sdp"u8;

    private const int Version = 1 << 5, VersionMask = 7 << 5;
    private const int IPv6Origin = 0x10, Deletion = 0x04, Encrypted = 0x02, Compressed = 0x01;
    private const int FixedSize = 4;

    private SapPacket(bool isDeletion, ushort messageId, IPAddress origin, ReadOnlySpan<byte> payload)
    {
        IsDeletion = isDeletion;
        MessageId = messageId;
        Origin = origin;
        Payload = payload;
    }

    /// <summary>The session ends; otherwise it is announced.</summary>
    public bool IsDeletion { get; }

    /// <summary>With the origin, names one version of one announcement; 0 names none.</summary>
    public ushort MessageId { get; }

    /// <summary>Who made the announcement.</summary>
    public IPAddress Origin { get; }

    /// <summary>The session description.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>False: another version, encrypted, compressed, cut short, or a payload that is not SDP.</summary>
    public static bool TryParse(ReadOnlySpan<byte> datagram, out SapPacket packet)
    {
        packet = default;
        if (datagram.Length < FixedSize || (datagram[0] & VersionMask) != Version || (datagram[0] & (Encrypted | Compressed)) != 0)
            return false;
        var originSize = (datagram[0] & IPv6Origin) != 0 ? 16 : 4;
        var head = FixedSize + originSize + 4 * datagram[1];
        if (datagram.Length < head || !TryFindPayload(datagram[head..], out var payload))
            return false;
        packet = new SapPacket((datagram[0] & Deletion) != 0, BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]),
            new IPAddress(datagram.Slice(FixedSize, originSize)), payload);
        return true;
    }

    public static int SizeWith(IPAddress origin, ReadOnlySpan<byte> sdp) =>
        FixedSize + (origin.AddressFamily == AddressFamily.InterNetworkV6 ? 16 : 4) + SdpType.Length + 1 + sdp.Length;

    /// <summary>Writes <see cref="SizeWith"/> bytes, without authentication. Receivers that know RFC 2974 want at most 1,024 of them.</summary>
    public static void Write(Span<byte> target, bool isDeletion, ushort messageId, IPAddress origin, ReadOnlySpan<byte> sdp)
    {
        var isIPv6 = origin.AddressFamily == AddressFamily.InterNetworkV6;
        target[0] = (byte)(Version | (isIPv6 ? IPv6Origin : 0) | (isDeletion ? Deletion : 0));
        target[1] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(target[2..], messageId);
        var written = origin.TryWriteBytes(target[FixedSize..], out var originSize);
        Debug.Assert(written, "An address has 4 or 16 bytes.");
        var rest = target[(FixedSize + originSize)..];
        SdpType.CopyTo(rest);
        rest[SdpType.Length] = 0;
        sdp.CopyTo(rest[(SdpType.Length + 1)..]);
    }

    /// <summary>
    /// A hash of the description, never 0 (RFC 2974 §6: it changes with every change of the announcement). FNV-1a, folded to 16 bits.
    /// </summary>
    public static ushort MessageIdOf(ReadOnlySpan<byte> sdp)
    {
        var hash = 2166136261u;
        foreach (var one in sdp)
            hash = (hash ^ one) * 16777619;
        var folded = (ushort)(hash ^ (hash >> 16));
        return folded == 0 ? (ushort)1 : folded;
    }

    // RFC 2974 §6: a payload that starts with "v=0" has no type before it; older senders leave it out.
    private static bool TryFindPayload(ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> payload)
    {
        payload = rest;
        if (rest.StartsWith("v=0"u8))
            return true;
        if (!rest.StartsWith(SdpType) || rest.Length <= SdpType.Length || rest[SdpType.Length] != 0)
            return false;
        payload = rest[(SdpType.Length + 1)..];
        return true;
    }
}
