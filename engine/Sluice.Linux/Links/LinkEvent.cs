using System.Buffers.Binary;
using System.Text;

namespace Sluice.Linux;

/// <summary>What happened to a network device.</summary>
public enum LinkEventKind
{
    /// <summary>The device is there, with these flags: it is new, or its state or name changed.</summary>
    Present,

    /// <summary>The device is gone.</summary>
    Gone,

    /// <summary>An address of the device came (or became usable).</summary>
    AddressAdded,

    AddressRemoved,

    /// <summary>Every device that there was at the beginning has been named.</summary>
    Listed,

    /// <summary>Messages were lost: anything may have changed.</summary>
    Unknown,
}

/// <summary>One message of rtnetlink(7), as far as it matters here.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Index">Of the device; a device that is made anew under its old name has another.</param>
/// <param name="Name">Empty for addresses.</param>
/// <param name="IsRunning">Up and with a carrier.</param>
/// <param name="IsIPv6">The family of an address.</param>
public readonly record struct LinkEvent(LinkEventKind Kind, uint Index = 0, string Name = "", bool IsRunning = false, bool IsIPv6 = false)
{
    private const int MessageHeader = 16, LinkHeader = 16, AddressHeader = 8, AttributeHeader = 4;

    /// <summary>Reads one nlmsghdr with its body, and says where the next begins; false at the end or where the rest is no message.</summary>
    internal static bool TryRead(ref ReadOnlySpan<byte> rest, out LinkEvent? read)
    {
        read = null;
        if (rest.Length < MessageHeader)
            return false;
        var length = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(rest), int.MaxValue);
        if (length < MessageHeader || length > rest.Length)
            return false;
        read = Of(BinaryPrimitives.ReadUInt16LittleEndian(rest[4..]), rest[MessageHeader..length]);
        rest = rest[Math.Min((length + 3) & ~3, rest.Length)..];
        return true;
    }

    private static LinkEvent? Of(ushort type, ReadOnlySpan<byte> body) => type switch
    {
        Libc.RTM_NEWLINK or Libc.RTM_DELLINK when body.Length >= LinkHeader => OfLink(type, body),
        Libc.RTM_NEWADDR or Libc.RTM_DELADDR when body.Length >= AddressHeader => new LinkEvent(
            type == Libc.RTM_NEWADDR ? LinkEventKind.AddressAdded : LinkEventKind.AddressRemoved,
            BinaryPrimitives.ReadUInt32LittleEndian(body[4..]), IsIPv6: body[0] == Libc.AF_INET6),
        Libc.NLMSG_DONE => new LinkEvent(LinkEventKind.Listed),
        _ => null,
    };

    // struct ifinfomsg: family, pad, type (2), index (4), flags (4), change (4); attributes follow.
    private static LinkEvent OfLink(ushort type, ReadOnlySpan<byte> body)
    {
        var flags = BinaryPrimitives.ReadUInt32LittleEndian(body[8..]);
        return new LinkEvent(type == Libc.RTM_NEWLINK ? LinkEventKind.Present : LinkEventKind.Gone,
            BinaryPrimitives.ReadUInt32LittleEndian(body[4..]), NameIn(body[LinkHeader..]),
            (flags & (Libc.IFF_UP | Libc.IFF_RUNNING)) == (Libc.IFF_UP | Libc.IFF_RUNNING));
    }

    private static string NameIn(ReadOnlySpan<byte> attributes)
    {
        while (attributes.Length >= AttributeHeader)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(attributes);
            if (length < AttributeHeader || length > attributes.Length)
                break;
            if (BinaryPrimitives.ReadUInt16LittleEndian(attributes[2..]) == Libc.IFLA_IFNAME)
                return Encoding.UTF8.GetString(attributes[AttributeHeader..length].TrimEnd((byte)0));
            attributes = attributes[Math.Min((length + 3) & ~3, attributes.Length)..];
        }
        return "";
    }
}
