using System.Net;
using Sluice.Linux;
using Sluice.Tests.Kit;

namespace Sluice.Tests.Linux.Sockets;

public sealed class SendBatchTests : IDisposable
{
    private readonly NativeBuffer _payloads = new(1 << 20, prefault: false);
    private readonly SendBatch _batch = new(messagesMax: 64, packetsMax: 1024);

    public SendBatchTests()
    {
        for (var i = 0; i < 1 << 20; i++) _payloads.Slice(i, 1)[0] = (byte)(i * 7);
    }

    [Fact]
    public void TellsBackWhatWasPutIn()
    {
        var to = DatagramAddress.From(IPAddress.Parse("192.0.2.1"), 5004);
        _batch.BeginMessage(to, 0);
        _batch.AddPacket(0, _payloads.Address, 188);
        _batch.BeginMessage(to.WithPort(5006), 112);
        _batch.AddPacket(12, _payloads.Address + 100, 100).Fill(0xA1);
        _batch.AddPacket(12, _payloads.Address + 200, 60).Fill(0xA2);
        Assert.Equal((2, 3), (_batch.MessageCount, _batch.PacketCount));
        Assert.Equal((1, 2), (_batch.PacketsIn(0), _batch.PacketsIn(1)));
        Assert.Equal((188, 112 + 72), (_batch.BytesIn(0), _batch.BytesIn(1)));
        Assert.Equal((0, 112), (_batch.SegmentSize(0), _batch.SegmentSize(1)));
        Assert.Equal(to.WithPort(5006), _batch.To(1));
        Assert.True(_batch.Header(0, 0).IsEmpty);
        Assert.Equal(Enumerable.Repeat((byte)0xA2, 12), _batch.Header(1, 1).ToArray());
        Assert.True(_batch.Payload(1, 1).SequenceEqual(_payloads.Slice(200, 60)));
        Assert.True(_batch.Payload(0, 0).SequenceEqual(_payloads.Slice(0, 188)));
    }

    [Fact]
    public void HasRoomExactlyUpToItsTwoLimits()
    {
        using var small = new SendBatch(messagesMax: 2, packetsMax: 3);
        Assert.True(small.HasRoomFor(2, 3));
        Assert.False(small.HasRoomFor(3, 3));
        Assert.False(small.HasRoomFor(1, 4));
        small.BeginMessage(default, 10);
        for (var i = 0; i < 3; i++) small.AddPacket(0, _payloads.Address, 10);
        Assert.False(small.HasRoomFor(1, 1));
        Assert.Throws<InvalidOperationException>(() => { small.AddPacket(0, _payloads.Address, 10); });
        small.Clear();
        Assert.True(small.HasRoomFor(2, 3));
    }

    [Fact]
    public void TrainsArriveAsSingleDatagramsEachWithItsPrivateHeader()
    {
        using var receiver = Loopback.Receiver();
        using var sender = Loopback.Sender();
        var expected = FillWithTrains(Loopback.To(receiver));
        Assert.Equal(_batch.MessageCount, sender.SendBatch(_batch, 0));
        Assert.Equal(expected, Loopback.Receive(receiver, expected.Count));
    }

    [Fact]
    public void AClearedBatchIsAsGoodAsNew()
    {
        using var receiver = Loopback.Receiver();
        using var sender = Loopback.Sender();
        _batch.BeginMessage(Loopback.To(sender), 112);
        for (var i = 0; i < 3; i++) _batch.AddPacket(12, _payloads.Address, 100);
        _batch.Clear();
        _batch.BeginMessage(Loopback.To(receiver), 0);   // in this place there was a train
        _batch.AddPacket(0, _payloads.Address, 333);
        Assert.Equal(1, sender.SendBatch(_batch, 0));
        Assert.Equal(_payloads.Slice(0, 333).ToArray(), Assert.Single(Loopback.Receive(receiver, 1)));
    }

    [Fact]
    public void OneMessageCanBeSentAgainAsSingleDatagrams()
    {
        using var receiver = Loopback.Receiver();
        using var sender = Loopback.Sender();
        var expected = FillWithTrains(Loopback.To(receiver));
        var message = _batch.MessageCount - 1;
        var its = expected.TakeLast(_batch.PacketsIn(message)).ToList();
        Span<int> results = stackalloc int[its.Count];
        Assert.Equal(its.Count, sender.SendSingly(_batch, message, results));
        Assert.Equal(its.Select(bytes => bytes.Length), results.ToArray());
        Assert.Equal(its, Loopback.Receive(receiver, its.Count));
    }

    [Fact]
    public void RoundsAllocateNothing()
    {
        using var receiver = Loopback.Receiver();
        using var sender = Loopback.Sender();
        using var inbox = new Inbox(32, 2048);
        var to = Loopback.To(receiver);
        Assert.True(Rounds(sender, receiver, inbox.Batch, to, 200) > 0);   // compiled, and every lazy thing done
        var received = 0;
        Assert.Equal(0, Allocations.Of(() => received += Rounds(sender, receiver, inbox.Batch, to, 100)));
        Assert.True(received > 0);
    }

    public void Dispose()
    {
        _batch.Dispose();
        _payloads.Dispose();
    }

    private int Rounds(DatagramSocket sender, DatagramSocket receiver, ReceiveBatch inbox, in DatagramAddress to, int rounds)
    {
        var received = 0;
        for (var round = 0; round < rounds; round++)
        {
            _batch.Clear();
            for (var m = 0; m < 2; m++)
            {
                _batch.BeginMessage(to, 112);
                for (var p = 0; p < 4; p++) _batch.AddPacket(12, _payloads.Address, 100)[0] = 0x80;
            }
            sender.SendBatch(_batch, 0);
            received += Math.Max(receiver.ReceiveBatch(inbox, SystemClock.Now), 0);
        }
        return received;
    }

    /// <summary>Messages of 1 to 16 packets, with and without headers, the last packet of every second train shorter.</summary>
    private List<byte[]> FillWithTrains(in DatagramAddress to)
    {
        var expected = new List<byte[]>();
        for (var train = 1; train <= 16; train++)
        {
            var (headerBytes, payloadBytes) = (train % 3 == 0 ? 0 : 12, 300 + train);
            _batch.BeginMessage(to, headerBytes + payloadBytes);
            for (var packet = 0; packet < train; packet++)
            {
                var bytes = packet == train - 1 && train % 2 == 0 ? payloadBytes / 2 : payloadBytes;
                var offset = (train * 5000) + (packet * 401);
                _batch.AddPacket(headerBytes, _payloads.Address + offset, bytes).Fill((byte)((train * 16) + packet));
                expected.Add([.. Enumerable.Repeat((byte)((train * 16) + packet), headerBytes), .. _payloads.Slice(offset, bytes)]);
            }
        }
        return expected;
    }
}
