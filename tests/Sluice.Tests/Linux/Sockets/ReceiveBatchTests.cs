using System.Net;
using Sluice.Linux;

namespace Sluice.Tests.Linux.Sockets;

public class ReceiveBatchTests
{
    private const long MillisecondNs = 1_000_000;

    [Fact]
    public void SaysWhoSentEachDatagram()
    {
        using var receiver = Loopback.Receiver();
        using var first = Loopback.Sender();
        using var second = Loopback.Sender();
        using var inbox = new Inbox(8, 2048);
        var from = new List<DatagramAddress>();
        foreach (var sender in new[] { first, second, first }) Assert.Equal(3, sender.SendTo(Loopback.To(receiver), "abc"u8));
        Loopback.ReceiveUntil(receiver, inbox, i => from.Add(inbox.Batch.From(i)), () => from.Count == 3);
        Assert.Equal([Loopback.To(first), Loopback.To(second), Loopback.To(first)], from);
    }

    [Fact]
    public void AnAddressDoesNotCarryTheOneBeforeIt()
    {
        using var v6 = Loopback.Open(new() { BindAddress = IPAddress.IPv6Loopback });
        using var v4 = Loopback.Receiver();
        using var inbox = new Inbox(1, 2048);
        var from = new List<DatagramAddress>();
        Assert.Equal(1, v6.SendTo(DatagramAddress.From(IPAddress.IPv6Loopback, v6.LocalPort), "6"u8));
        Assert.Equal(1, v4.SendTo(Loopback.To(v4), "4"u8));
        Loopback.ReceiveUntil(v6, inbox, i => from.Add(inbox.Batch.From(i)), () => from.Count == 1);
        Loopback.ReceiveUntil(v4, inbox, i => from.Add(inbox.Batch.From(i)), () => from.Count == 2);
        Assert.Equal([DatagramAddress.From(IPAddress.IPv6Loopback, v6.LocalPort), Loopback.To(v4)], from);
    }

    [Fact]
    public void ACoalescedTrainComesWithItsSegmentSize()
    {
        using var receiver = Loopback.Open(new() { BindAddress = IPAddress.Loopback, ReceiveBufferBytes = 4 << 20, ReceiveCoalesced = true });
        using var sender = Loopback.Sender();
        using var inbox = new Inbox(8, 65_536);
        using var payload = new NativeBuffer(1000, prefault: true);
        using var batch = new SendBatch(1, 4);
        batch.BeginMessage(Loopback.To(receiver), 1000);
        foreach (var length in (int[])[1000, 1000, 1000, 400]) batch.AddPacket(0, payload.Address, length);
        Assert.Equal(1, sender.SendBatch(batch, 0));
        Assert.Equal(3, sender.SendTo(Loopback.To(receiver), "abc"u8));
        var (got, bytes) = (new List<(int Length, int Segment)>(), 0);
        Loopback.ReceiveUntil(receiver, inbox, i =>
        {
            got.Add((inbox.Batch.Length(i), inbox.Batch.SegmentSize(i)));
            bytes += inbox.Batch.Length(i);
        }, () => bytes == 3403);
        // A kernel without UDP_GRO hands over four datagrams, each its own segment.
        Assert.Equal((3, 3), got[^1]);
        Assert.Equal(got.Count == 2 ? [(3400, 1000)] : [(1000, 1000), (1000, 1000), (1000, 1000), (400, 400)], got.SkipLast(1));
    }

    [Fact]
    public void NothingWaitingIsZero()
    {
        using var receiver = Loopback.Receiver();
        using var inbox = new Inbox(8, 2048);
        Assert.Equal(0, receiver.ReceiveBatch(inbox.Batch, SystemClock.Now));
    }

    [Fact]
    public void ABadDescriptorIsItsErrno()
    {
        using var inbox = new Inbox(1, 64);
        Assert.Equal(-Errno.EBADF, new DatagramSocket(new SocketOwner(-1, new())).ReceiveBatch(inbox.Batch, SystemClock.Now));
    }

    [Fact]
    public void TakesNoMoreThanItsLimit()
    {
        using var socket = Loopback.Receiver();
        using var inbox = new Inbox(8, 2048);
        for (var i = 0; i < 5; i++) socket.SendTo(Loopback.To(socket), [(byte)i]);
        var seen = new List<(int Index, byte Value)>();
        inbox.Batch.Limit = 0;
        Assert.Equal(0, socket.ReceiveBatch(inbox.Batch, SystemClock.Now));
        inbox.Batch.Limit = 2;
        Loopback.ReceiveUntil(socket, inbox, i => seen.Add((i, inbox.Bytes(i)[0])), () => seen.Count == 5);
        Assert.Equal([(0, 0), (1, 1), (0, 2), (1, 3), (0, 4)], seen.Select(s => (s.Index, (int)s.Value)));
    }

    [Theory]
    [InlineData(99, 99, false)]
    [InlineData(100, 100, false)]
    [InlineData(101, 100, true)]
    [InlineData(0, 0, false)]
    public void FlagsADatagramThatDidNotFit(int sentBytes, int length, bool truncated)
    {
        using var socket = Loopback.Receiver();
        using var inbox = new Inbox(1, 100);
        var seen = new List<(int, bool)>();
        Assert.Equal(sentBytes, socket.SendTo(Loopback.To(socket), new byte[sentBytes]));
        Loopback.ReceiveUntil(socket, inbox, i => seen.Add((inbox.Batch.Length(i), inbox.Batch.IsTruncated(i))), () => seen.Count == 1);
        Assert.Equal([(length, truncated)], seen);
        inbox.Batch.Deliver(0, new byte[sentBytes], 1, default);
        Assert.Equal((length, truncated), (inbox.Batch.Length(0), inbox.Batch.IsTruncated(0)));
    }

    [Fact]
    public void DeliverLooksLikeTheKernel()
    {
        using var inbox = new Inbox(2, 100);
        var from = DatagramAddress.From(IPAddress.Loopback, 9);
        inbox.Batch.Deliver(1, "hello"u8, 77, from);
        Assert.Equal("hello"u8.ToArray(), inbox.Bytes(1));
        Assert.Equal((77L, from, 0u), (inbox.Batch.ArrivalNs(1), inbox.Batch.From(1), inbox.Batch.QueueOverflow(1)));
    }

    [Fact]
    public void ArrivalsLieBetweenSendingAndReceivingInOrder()
    {
        using var socket = Loopback.Receiver();
        using var inbox = new Inbox(64, 64);
        var sentAt = new List<long>();
        for (var i = 0; i < 40; i++)
        {
            sentAt.Add(SystemClock.Now.Ns);
            socket.SendTo(Loopback.To(socket), [(byte)i]);
        }
        var now = SystemClock.Now;
        Assert.Equal(40, socket.ReceiveBatch(inbox.Batch, now));
        var arrived = Enumerable.Range(0, 40).Select(inbox.Batch.ArrivalNs).ToList();
        Assert.Equal(arrived.Order(), arrived);
        // a millisecond, because the two clocks are read one after the other
        for (var i = 0; i < 40; i++) Assert.InRange(arrived[i], sentAt[i] - MillisecondNs, now.Ns);
        Assert.True(arrived[39] > arrived[0], "one stamp for all is not the kernel's");
    }

    [Fact]
    public void ArrivalsNeverLeaveTheBoundsHoweverWrongTheClock()
    {
        using var socket = Loopback.Receiver();
        using var inbox = new Inbox(1, 64);
        const long hourNs = 3_600_000 * MillisecondNs, ageMaxNs = 10_000 * MillisecondNs, aheadMaxNs = 100 * MillisecondNs;
        foreach (var (offsetNs, expectedNs) in new[] { (-hourNs, aheadMaxNs), (hourNs, -ageMaxNs) })
        {
            var now = SystemClock.Now + offsetNs;   // an hour off either way, as after a step of the wall clock
            socket.SendTo(Loopback.To(socket), "x"u8);
            Assert.Equal(1, socket.ReceiveBatch(inbox.Batch, now));
            Assert.Equal(now.Ns + expectedNs, inbox.Batch.ArrivalNs(0));
        }
    }

    [Fact]
    public void WithoutTimestampsArrivalIsNow()
    {
        using var socket = Loopback.Open(new() { BindAddress = IPAddress.Loopback, ReceiveTimestamps = false });
        using var inbox = new Inbox(1, 64);
        socket.SendTo(Loopback.To(socket), "x"u8);
        var now = SystemClock.Now;
        Assert.Equal(1, socket.ReceiveBatch(inbox.Batch, now));
        Assert.Equal(now.Ns, inbox.Batch.ArrivalNs(0));
    }

    [Fact]
    public void CountsWhatTheSocketDroppedForWantOfBuffer()
    {
        const int sent = 200;
        using var receiver = Loopback.Receiver(bufferBytes: 4096);
        using var inbox = new Inbox(256, 2048);
        for (var i = 0; i < sent; i++) Assert.Equal(1000, receiver.SendTo(Loopback.To(receiver), new byte[1000]));
        var before = receiver.ReceiveBatch(inbox.Batch, SystemClock.Now);
        Assert.InRange(before, 1, sent - 1);
        Assert.Equal(0u, inbox.Batch.QueueOverflow(0));   // came before the first drop
        Assert.Equal(1, receiver.SendTo(Loopback.To(receiver), "!"u8));
        Assert.Equal(1, receiver.ReceiveBatch(inbox.Batch, SystemClock.Now));
        Assert.Equal((uint)(sent - before), inbox.Batch.QueueOverflow(0));
    }
}
