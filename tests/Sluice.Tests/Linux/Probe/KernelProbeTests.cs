using System.Globalization;
using Sluice.Linux;
using Sluice.Tests.Kit;

namespace Sluice.Tests.Linux.Probe;

public class KernelProbeTests
{
    [Fact]
    public void FindsWhatTheSocketTestsRelyOn()
    {
        var found = KernelProbe.Run();
        Assert.InRange(found.GsoMaxSegments, 64, 128);   // UDP_MAX_SEGMENTS: 64 until Linux 6.10, then 128
        Assert.True(found is { Gso: true, ReceiveTimestamps: true, EpollPwait2: true, PopulateRead: true });
        Assert.DoesNotContain('\n', found.ToString());
        Assert.StartsWith($"gso {found.GsoMaxSegments} segments, txtime ", found.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Loopback has no queue that could hold a datagram back: whatever the kernel was built with, the answer is no.</summary>
    [Fact]
    public void ATimeThatLoopbackCannotKeepIsNotCalledHonoured() => Assert.False(KernelProbe.Run().TxTimeHonoured);

    [Fact]
    public void AsksADeviceWithoutPuttingAnythingOnItsWire()
    {
        using var near = new NetworkNamespace();
        using var far = new NetworkNamespace();
        NetworkNamespace.Connect(near, "n0", far, "f0");
        near.AddAddress("n0", "10.78.0.1/24");
        far.AddAddress("f0", "10.78.0.2/24");
        var before = ReceivedPackets(far);
        Assert.InRange(near.Run(() => KernelProbe.GsoMaxSegmentsOn("n0")), 64, 128);
        Assert.InRange(ReceivedPackets(far) - before, 0, 8);   // IGMP and gratuitous ARP of the new address, but no train of 64
        Assert.Equal(-Errno.ENODEV, near.Run(() => KernelProbe.GsoMaxSegmentsOn("nosuch0")));
        near.IpInside("link set dev n0 down");
        Assert.InRange(near.Run(() => KernelProbe.GsoMaxSegmentsOn("n0")), -200, 0);
    }

    private static long ReceivedPackets(NetworkNamespace inside) => inside.Run(() =>
    {
        var line = File.ReadAllLines("/proc/thread-self/net/dev").Single(text => text.Contains("f0:", StringComparison.Ordinal));
        var fields = line.Split(':')[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);   // bytes, packets, …
        return long.Parse(fields[1], CultureInfo.InvariantCulture);
    });
}
