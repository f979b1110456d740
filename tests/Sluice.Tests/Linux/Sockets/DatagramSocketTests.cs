using System.Net;
using Sluice.Linux;

namespace Sluice.Tests.Linux.Sockets;

public class DatagramSocketTests
{
    [Fact]
    public void APortInUseSaysWhichAndWhatToDo()
    {
        using var first = Loopback.Receiver();
        var options = new DatagramSocketOptions { BindAddress = IPAddress.Loopback, Port = first.LocalPort };
        Assert.False(DatagramSocket.TryOpen(options, out _, out var error));
        Assert.Equal((Errno.EADDRINUSE, "bind"), (error.Errno, error.Operation));
        Assert.StartsWith($"port {first.LocalPort} is already in use by another program; ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(" (bind: EADDRINUSE)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnUnknownInterfaceSaysWhichThereAre()
    {
        var none = "nosuch0";
        foreach (var options in new DatagramSocketOptions[]
                 {
                     new() { Interface = none }, new() { MulticastInterface = none },
                     new() { MulticastGroup = IPAddress.Parse("239.1.1.1"), Interface = none },
                     new() { BindAddress = IPAddress.IPv6Any, MulticastInterface = none },
                 })
        {
            Assert.False(DatagramSocket.TryOpen(options, out _, out var error));
            Assert.Equal(Errno.ENODEV, error.Errno);
            Assert.StartsWith("no interface named nosuch0; this machine has: lo", error.Message, StringComparison.Ordinal);
        }
    }

    public static TheoryData<DatagramSocketOptions, int, string> Refused => new()
    {
        { new() { BindAddress = IPAddress.Loopback, MulticastGroup = IPAddress.Parse("ff3e::1") }, Errno.EAFNOSUPPORT, "mixed" },
        { new() { BindAddress = IPAddress.Loopback, SourceAddress = IPAddress.Parse("127.0.0.2") }, Errno.EINVAL, "either" },
        { new() { BindAddress = IPAddress.Parse("192.0.2.77") }, Errno.EADDRNOTAVAIL, "192.0.2.77 is not an address of this machine" },
        { new() { UnicastTtl = 256 }, Errno.EINVAL, "256 is not a value for IP_TTL" },
        { new() { SourceFilter = IPAddress.Loopback }, Errno.EINVAL, "group" },
        { new() { MulticastGroup = IPAddress.Parse("10.1.1.1"), Interface = "lo" }, Errno.EADDRNOTAVAIL, "10.1.1.1 is not" },
    };

    [Theory, MemberData(nameof(Refused))]
    public void RefusesWhatCannotBe(DatagramSocketOptions options, int errno, string words)
    {
        Assert.False(DatagramSocket.TryOpen(options, out _, out var error));
        Assert.Equal(errno, error.Errno);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFailedJoinLeavesNothingOpen()
    {
        int port;
        using (var free = Loopback.Receiver()) port = free.LocalPort;
        var notAGroup = new DatagramSocketOptions { MulticastGroup = IPAddress.Loopback, Interface = "lo", Port = port };
        Assert.False(DatagramSocket.TryOpen(notAGroup, out _, out var error));
        Assert.Equal("127.0.0.1 cannot be joined on lo: it is not a multicast group (setsockopt(MCAST_JOIN_GROUP): EINVAL)", error.Message);
        using var again = Loopback.Open(new() { BindAddress = IPAddress.Loopback, Port = port });   // in use, had the first stayed
    }

    [Fact]
    public void TwoMayShareAPortWhenBothAgree()
    {
        var options = new DatagramSocketOptions { BindAddress = IPAddress.Loopback, ReuseAddress = true };
        using var first = Loopback.Open(options);
        using var second = Loopback.Open(options with { Port = first.LocalPort });
        Assert.Equal(first.LocalPort, second.LocalPort);
    }

    [Fact]
    public void BuffersAreAsLargeAsGranted()
    {
        using var socket = Loopback.Open(new() { ReceiveBufferBytes = 300_000, SendBufferBytes = 200_000 });
        Assert.InRange(socket.ReceiveBufferBytes, 100_000, 300_000);   // without the capability: net.core.rmem_max
        Assert.InRange(socket.SendBufferBytes, 100_000, 200_000);
    }

    [Theory]
    [InlineData("127.0.0.1", SocketOption.IPPROTO_IP, SocketOption.IP_RECVTTL, SocketOption.IP_TTL)]
    [InlineData("::1", SocketOption.IPPROTO_IPV6, SocketOption.IPV6_RECVHOPLIMIT, SocketOption.IPV6_HOPLIMIT)]
    public void TimeToLiveIsOnTheWire(string address, int level, int ask, int told)
    {
        var loopback = IPAddress.Parse(address);
        using var receiver = Loopback.Open(new() { BindAddress = loopback });
        using var sender = Loopback.Open(new() { SourceAddress = loopback, UnicastTtl = 37 });
        using var inbox = new Inbox(1, 64);
        Assert.True(SocketSetup.Set(receiver.Handle, level, ask, 1));
        sender.SendTo(DatagramAddress.From(loopback, receiver.LocalPort), "x"u8);
        var ttl = new List<int?>();
        Loopback.ReceiveUntil(receiver, inbox, i => ttl.Add(ControlMessage.Int(inbox.Batch.Control(i), level, told)), () => ttl.Count == 1);
        Assert.Equal([37], ttl);
    }

    [Theory]
    [InlineData("127.0.0.1", SocketOption.IPPROTO_IP, SocketOption.IP_TOS)]
    [InlineData("::1", SocketOption.IPPROTO_IPV6, SocketOption.IPV6_TCLASS)]
    public void CodePointFillsTheUpperSixBits(string address, int level, int option)
    {
        using var socket = Loopback.Open(new() { BindAddress = IPAddress.Parse(address), Dscp = 34 });
        Assert.Equal(34 << 2, SocketSetup.Get(socket.Handle, level, option));
    }

    [Fact]
    public void DescriptorsAreNonBlockingAndNotInherited()
    {
        using var socket = Loopback.Receiver();
        var lines = File.ReadAllLines($"/proc/self/fdinfo/{socket.Handle}");
        var flags = lines.Single(line => line.StartsWith("flags:", StringComparison.Ordinal));
        var bits = Convert.ToInt64(flags.Split('\t')[1], 8);
        Assert.Equal(0x80800, bits & 0x80800);   // O_CLOEXEC | O_NONBLOCK
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void MulticastLoopIsOffUnlessAsked(bool asked)
    {
        using var v4 = Loopback.Open(new() { MulticastLoop = asked });
        using var v6 = Loopback.Open(new() { BindAddress = IPAddress.IPv6Any, MulticastLoop = asked });
        Assert.Equal(asked ? 1 : 0, SocketSetup.Get(v4.Handle, SocketOption.IPPROTO_IP, SocketOption.IP_MULTICAST_LOOP));
        Assert.Equal(asked ? 1 : 0, SocketSetup.Get(v6.Handle, SocketOption.IPPROTO_IPV6, SocketOption.IPV6_MULTICAST_LOOP));
    }

    [Fact]
    public void IPv6LeavesThePortToIPv4()
    {
        using var v6 = Loopback.Open(new() { BindAddress = IPAddress.IPv6Any });
        using var v4 = Loopback.Open(new() { Port = v6.LocalPort });
        Assert.Equal(v6.LocalPort, v4.LocalPort);
    }

    [Fact]
    public void CopiesCloseTheirDescriptorOnce()
    {
        var first = Loopback.Receiver();
        var copy = first;
        first.Dispose();
        using var taker = Loopback.Receiver();   // the kernel gives the lowest free number, often the one just closed
        copy.Dispose();
        Assert.Equal(1, taker.SendTo(Loopback.To(taker), "x"u8));
        default(DatagramSocket).Dispose();
    }

    [Fact]
    public void MulticastOnLoopbackArrives()
    {
        var group = IPAddress.Parse("239.77.1.2");
        using var receiver = Loopback.Open(new() { MulticastGroup = group, Interface = "lo" });
        using var sender = Loopback.Open(new() { MulticastInterface = "lo", MulticastLoop = true, MulticastTtl = 0 });
        Assert.Equal(2, sender.SendTo(DatagramAddress.From(group, receiver.LocalPort), "hi"u8));
        Assert.Equal("hi"u8.ToArray(), Assert.Single(Loopback.Receive(receiver, 1)));
        Assert.True(receiver.TryRejoin(out var error), error.Message);
        Assert.Equal(2, sender.SendTo(DatagramAddress.From(group, receiver.LocalPort), "ho"u8));
        Assert.Equal("ho"u8.ToArray(), Assert.Single(Loopback.Receive(receiver, 1)));
    }

    [Fact]
    public void AnErrorOfASingleSendIsItsErrno()
    {
        using var socket = Loopback.Sender();
        Assert.Equal(-Errno.EINVAL, socket.SendTo(Loopback.To(socket).WithPort(0), "x"u8));
        Assert.Equal(-Errno.EMSGSIZE, socket.SendTo(Loopback.To(socket), new byte[66_000]));
    }
}
