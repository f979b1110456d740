using System.Net;
using System.Net.Sockets;

namespace Sluice.Wire.Sap;

/// <summary>Where a session is announced: in the scope of its own group, so that nobody hears of what cannot reach him (RFC 2974 §3).</summary>
public static class SapScope
{
    /// <summary>The group that announcements of sessions in <paramref name="group"/> go to. The scope id of an IPv6 group is kept.</summary>
    public static IPAddress AnnouncementGroup(IPAddress group)
    {
        ArgumentNullException.ThrowIfNull(group);
        var bytes = group.GetAddressBytes();
        return group.AddressFamily == AddressFamily.InterNetworkV6 ? OfIPv6(bytes[1] & 0x0f, group.ScopeId) : new IPAddress(OfIPv4(bytes));
    }

    // FF0X::2:7FFE with the group's scope X (RFC 2974 §3); its flags, as "transient", are not the announcement's.
    private static IPAddress OfIPv6(int scope, long scopeId)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        (bytes[0], bytes[1], bytes[13], bytes[14], bytes[15]) = (0xff, (byte)scope, 0x02, 0x7f, 0xfe);
        return new IPAddress(bytes, scopeId);
    }

    // The highest address of the administrative scope (RFC 2365): 239.255/16 and its room for growth are the local scope (§6.1),
    // the rest of 239/8 the organization's (§6.2); 224.0.0/24 never leaves its link; everything else is global.
    private static byte[] OfIPv4(byte[] group) => group switch
    {
        [239, >= 253, ..] => [239, 255, 255, 255],
        [239, ..] => [239, 195, 255, 255],
        [224, 0, 0, _] => [224, 0, 0, 255],
        _ => [224, 2, 127, 254],
    };
}
