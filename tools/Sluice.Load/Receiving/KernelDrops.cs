using System.Globalization;

namespace Sluice.Load.Receiving;

/// <summary>Whether a receiver was itself what limited the measurement.</summary>
/// <param name="RcvbufErrors">Datagrams (a train counts once) dropped at full sockets of any program here while it ran (/proc/net/snmp, snmp6).</param>
/// <param name="RxqOverflow">Of these, dropped at the receiver's own sockets.</param>
/// <param name="BusyShare">Part of one core that the receiving thread used.</param>
/// <param name="StarvedShare">Part of the time for which it was ready to run and another had its core.</param>
public sealed record ReceiveLimits(long RcvbufErrors, long RxqOverflow, double BusyShare, double StarvedShare)
{
    /// <summary>CPU time of the receiving thread, user and kernel.</summary>
    public long CpuNs { get; init; }

    /// <summary>True: a loss, or a late arrival, says nothing about who sent.</summary>
    public bool WasTheLimit => RxqOverflow > 0 || BusyShare > 0.95;
}

/// <summary>The kernel's own counts of what did not fit.</summary>
internal sealed class KernelDrops
{
    private readonly long _errorsBefore = RcvbufErrors();
    private long _kept;

    /// <summary>Remembers the drops of a socket that is about to close.</summary>
    public void Keep(uint dropped) => _kept += dropped;

    public ReceiveLimits Judge(IReadOnlyCollection<UdpReceiver> receivers, (double Busy, double Starved, long CpuNs) effort)
    {
        // A socket tells its drops with the next datagram only; the table of sockets knows those after which nothing came.
        var table = DropsByPort();
        var own = receivers.Sum(receiver => Math.Max(receiver.Dropped, table.GetValueOrDefault(receiver.Port)));
        return new ReceiveLimits(RcvbufErrors() - _errorsBefore, own + _kept, effort.Busy, effort.Starved) { CpuNs = effort.CpuNs };
    }

    private static long RcvbufErrors()
    {
        var udp = Lines("/proc/net/snmp").Where(line => line.StartsWith("Udp:", StringComparison.Ordinal)).Select(line => line.Split(' ')).ToArray();
        var column = udp.Length == 2 ? Array.IndexOf(udp[0], "RcvbufErrors") : -1;
        var v6 = Lines("/proc/net/snmp6").FirstOrDefault(line => line.StartsWith("Udp6RcvbufErrors", StringComparison.Ordinal));
        return (column < 0 ? 0 : Number(udp[1][column])) + (v6 is null ? 0 : Number(v6.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[^1]));
    }

    // proc(5): "sl local_address rem_address ... drops", the port in hexadecimal.
    private static Dictionary<int, long> DropsByPort()
    {
        var drops = new Dictionary<int, long>();
        foreach (var line in Lines("/proc/net/udp").Skip(1).Concat(Lines("/proc/net/udp6").Skip(1)))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 13) continue;
            var address = fields[1].AsSpan();
            if (!int.TryParse(address[(address.LastIndexOf(':') + 1)..], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var port)) continue;
            drops[port] = drops.GetValueOrDefault(port) + Number(fields[12]);
        }
        return drops;
    }

    private static long Number(string text) => long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static IEnumerable<string> Lines(string path) => File.Exists(path) ? File.ReadLines(path) : [];
}
