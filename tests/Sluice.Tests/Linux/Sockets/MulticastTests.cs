using System.Net;
using System.Text;
using Sluice.Linux;
using Sluice.Tests.Kit;

namespace Sluice.Tests.Linux.Sockets;

/// <summary>
/// Multicast over a real link between two network namespaces. What must not arrive is shown by a last datagram that must: one link and
/// one sending thread keep the order, so whatever was to come has come by then.
/// </summary>
public sealed class MulticastTests(MulticastNetwork network) : IClassFixture<MulticastNetwork>
{
    [Theory]
    [InlineData("239.7.1.1")]
    [InlineData("ff1e::7:1")]
    [InlineData("ff02::7:1")]
    public void AnySourceHearsEverySourceOfItsGroup(string name)
    {
        var group = IPAddress.Parse(name);
        using var receiver = network.Receiver(group);
        using var one = network.Sender(MulticastNetwork.Source(group.AddressFamily, 1));
        using var other = network.Sender(MulticastNetwork.Source(group.AddressFamily, 3));
        var to = DatagramAddress.From(group, receiver.LocalPort);
        Send(one, to, "from one");
        Send(other, to, "from other");
        Assert.Equal(["from one", "from other"], Heard(receiver, until: "from other"));
    }

    [Theory]
    [InlineData("232.7.1.1")]
    [InlineData("ff3e::7:1")]
    public void SourceSpecificHearsOnlyTheWantedSource(string name)
    {
        var group = IPAddress.Parse(name);
        var wanted = MulticastNetwork.Source(group.AddressFamily, 1);
        using var receiver = network.Receiver(group, only: wanted);
        using var good = network.Sender(wanted);
        using var bad = network.Sender(MulticastNetwork.Source(group.AddressFamily, 3));
        var to = DatagramAddress.From(group, receiver.LocalPort);
        Send(bad, to, "intruder");
        Send(good, to, "wanted");
        Send(bad, to, "intruder");
        Send(good, to, "last");
        Assert.Equal(["wanted", "last"], Heard(receiver, until: "last"));
    }

    [Theory]
    [InlineData("239.7.2.1", "239.7.2.2")]
    [InlineData("ff1e::7:21", "ff1e::7:22")]
    public void AnotherGroupOnTheSamePortDoesNotLeak(string name, string otherName)
    {
        var (group, otherGroup) = (IPAddress.Parse(name), IPAddress.Parse(otherName));
        using var receiver = network.Receiver(group);
        using var neighbour = network.Receiver(otherGroup, receiver.LocalPort);
        using var sender = network.Sender(MulticastNetwork.Source(group.AddressFamily, 1));
        Send(sender, DatagramAddress.From(otherGroup, receiver.LocalPort), "other group");
        Send(sender, DatagramAddress.From(group, receiver.LocalPort), "own group");
        Assert.Equal(["own group"], Heard(receiver, until: "own group"));
        Assert.Equal(["other group"], Heard(neighbour, until: "other group"));
    }

    /// <summary>Without IP_MULTICAST_ALL = 0 a socket on the wildcard address hears whatever anybody on the machine joined.</summary>
    [Theory]
    [InlineData("239.7.3.1", "0.0.0.0")]
    [InlineData("ff1e::7:31", "::")]
    public void AWildcardSocketHearsNoGroupThatItDidNotJoin(string name, string any)
    {
        var group = IPAddress.Parse(name);
        using var member = network.Receiver(group);
        var everything = new DatagramSocketOptions { BindAddress = IPAddress.Parse(any), Port = member.LocalPort, ReuseAddress = true };
        using var wildcard = network.Far.Run(() => Loopback.Open(everything));
        using var sender = network.Sender(MulticastNetwork.Source(group.AddressFamily, 1));
        Send(sender, DatagramAddress.From(group, member.LocalPort), "for members");
        Assert.Equal(["for members"], Heard(member, until: "for members"));
        Send(sender, DatagramAddress.From(MulticastNetwork.Source(group.AddressFamily, 2), member.LocalPort), "for all");
        Assert.Equal(["for all"], Heard(wildcard, until: "for all"));
    }

    [Theory]
    [InlineData("239.7.4.1")]
    [InlineData("ff1e::7:41")]
    public void AGroupIsHeardFromItsInterfaceOnly(string name)
    {
        var group = IPAddress.Parse(name);
        using var onFirst = network.Receiver(group);
        using var onSecond = network.Receiver(group, onFirst.LocalPort, device: "f1");
        using var first = network.Sender(MulticastNetwork.Source(group.AddressFamily, 1));
        using var second = network.Sender(MulticastNetwork.Source(group.AddressFamily, 1), "n1");
        var to = DatagramAddress.From(group, onFirst.LocalPort);
        Send(second, to, "second cable");
        Assert.Equal(["second cable"], Heard(onSecond, until: "second cable"));
        Send(first, to, "first cable");
        Assert.Equal(["first cable"], Heard(onFirst, until: "first cable"));
    }

    [Theory]
    [InlineData("239.7.5.1", SocketOption.IPPROTO_IP, SocketOption.IP_RECVTTL, SocketOption.IP_TTL)]
    [InlineData("ff1e::7:51", SocketOption.IPPROTO_IPV6, SocketOption.IPV6_RECVHOPLIMIT, SocketOption.IPV6_HOPLIMIT)]
    public void TimeToLiveIsOnTheWire(string name, int level, int ask, int told)
    {
        var group = IPAddress.Parse(name);
        using var receiver = network.Receiver(group);
        using var sender = network.Sender(MulticastNetwork.Source(group.AddressFamily, 1), ttl: 23);
        using var inbox = new Inbox(1, 64);
        Assert.True(SocketSetup.Set(receiver.Handle, level, ask, 1));
        Send(sender, DatagramAddress.From(group, receiver.LocalPort), "x");
        var ttl = new List<int?>();
        Loopback.ReceiveUntil(receiver, inbox, i => ttl.Add(ControlMessage.Int(inbox.Batch.Control(i), level, told)), () => ttl.Count == 1);
        Assert.Equal([23], ttl);
    }

    /// <summary>As an ordinary user, as the product runs.</summary>
    [Theory]
    [InlineData("232.7.6.1")]
    [InlineData("ff3e::7:61")]
    public void RejoinsAfterTheLinkWasDown(string name)
    {
        using var own = new MulticastNetwork();   // its link goes down
        var group = IPAddress.Parse(name);
        var receiver = default(DatagramSocket);
        own.Far.Run(() =>
        {
            Unprivileged.Become();
            receiver = Loopback.Open(MulticastNetwork.Options(group, only: MulticastNetwork.Source(group.AddressFamily, 1)));
        });
        own.Far.IpInside("link set dev f0 down");
        own.Far.IpInside("link set dev f0 up");
        own.AddFarIPv6Address();
        own.Far.Run(() =>
        {
            Unprivileged.Become();
            Assert.True(receiver.TryRejoin(out var error), error.Message);
        });
        using (receiver) AssertHearsOnlyTheWanted(own, group, receiver);
    }

    [Theory]
    [InlineData("232.7.7.1")]
    [InlineData("ff3e::7:71")]
    public void RejoinsOnADeviceThatCameBackUnderItsName(string name)
    {
        using var own = new MulticastNetwork();
        var group = IPAddress.Parse(name);
        using var receiver = own.Receiver(group, only: MulticastNetwork.Source(group.AddressFamily, 1));
        own.Far.IpInside("link delete dev f0");
        Assert.False(own.Far.Run(() => receiver.TryRejoin(out _)));
        own.LayFirstCable();
        Assert.True(own.Far.Run(() => receiver.TryRejoin(out _)));
        AssertHearsOnlyTheWanted(own, group, receiver);
    }

    [Theory]
    [InlineData("239.7.8.1")]
    [InlineData("ff1e::7:81")]
    public void SendsAgainThroughADeviceThatCameBackUnderItsName(string name)
    {
        using var own = new MulticastNetwork();
        var group = IPAddress.Parse(name);
        using var sender = own.Sender(MulticastNetwork.Source(group.AddressFamily, 1));
        own.Far.IpInside("link delete dev f0");
        own.LayFirstCable();
        using var receiver = own.Receiver(group);
        var to = DatagramAddress.From(group, receiver.LocalPort);
        Assert.True(sender.SendTo(to, "lost"u8) < 0);
        Assert.True(own.Near.Run(() => sender.TryRefreshDevice(out _)));
        Assert.Equal("again", HeardFirst(receiver, () => sender.SendTo(to, "again"u8)));
    }

    private static void AssertHearsOnlyTheWanted(MulticastNetwork own, IPAddress group, DatagramSocket receiver)
    {
        using var sender = own.Sender(MulticastNetwork.Source(group.AddressFamily, 1));
        using var intruder = own.Sender(MulticastNetwork.Source(group.AddressFamily, 3));
        var to = DatagramAddress.From(group, receiver.LocalPort);
        Assert.Equal("again", HeardFirst(receiver, () =>
        {
            intruder.SendTo(to, "intruder"u8);
            sender.SendTo(to, "again"u8);
        }));
    }

    /// <summary>Sends until something is heard: after a link event the cable takes its time to carry again.</summary>
    private static string HeardFirst(DatagramSocket socket, Action send)
    {
        using var inbox = new Inbox(1, 64);
        using var poller = new Poller();
        Span<int> ready = stackalloc int[1];
        Assert.True(poller.TryAdd(socket.Handle, 0));
        for (var tries = 0; tries < 500; tries++)
        {
            send();
            if (poller.Wait(20_000_000, ready) == 0) continue;
            Assert.Equal(1, socket.ReceiveBatch(inbox.Batch, SystemClock.Now));
            return Encoding.UTF8.GetString(inbox.Bytes(0));
        }
        return "nothing";
    }

    private static void Send(DatagramSocket socket, in DatagramAddress to, string text)
    {
        var result = socket.SendTo(to, Encoding.UTF8.GetBytes(text));
        Assert.True(result == text.Length, Errno.Name(-result));
    }

    private static List<string> Heard(DatagramSocket socket, string until)
    {
        using var inbox = new Inbox(8, 64);
        var heard = new List<string>();
        Loopback.ReceiveUntil(socket, inbox, i => heard.Add(Encoding.UTF8.GetString(inbox.Bytes(i))), () => heard.Contains(until));
        return heard;
    }
}
