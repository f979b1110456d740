using System.Globalization;

namespace Sluice.Tests.Kit.Rtp;

/// <summary>The kernel's UDP counters of this network namespace (/proc/net/snmp).</summary>
internal static class UdpCounters
{
    /// <summary>Datagrams dropped because a receive buffer was full.</summary>
    public static long RcvbufErrors()
    {
        var udp = File.ReadLines("/proc/net/snmp").Where(l => l.StartsWith("Udp:", StringComparison.Ordinal)).Select(l => l.Split(' ')).ToArray();
        return long.Parse(udp[1][Array.IndexOf(udp[0], "RcvbufErrors")], CultureInfo.InvariantCulture);
    }
}
