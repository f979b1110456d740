using System.Net;
using System.Net.Sockets;
using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Tests.Store;

public class StoreCursorTests
{
    private const long Segment = 64 << 10;
    private static readonly MonotonicTime Now = TempStore.Start;

    [Fact]
    public void FollowsTheWriterOverSegmentsAndMissesNothing()
    {
        using var temp = new TempStore();
        using var store = temp.Open();
        using var cursor = new StoreCursor(store);
        Assert.False(cursor.TrySeek(0, atAccessPoint: false));
        TempStore.Write(store, 0, 10, Now);
        Assert.True(cursor.TrySeek(TempStore.MetaOf(0).DeliveryWallNs, atAccessPoint: false));
        var next = 0UL;
        for (ulong written = 10; written < 2_000; written += 10)
        {
            for (; cursor.TryNext(out var record) == CursorStatus.Record; next++)
                Assert.Equal((TempStore.MetaOf(next), TempStore.PayloadOf(next).Length), (record.Meta, record.PayloadLength));
            Assert.Equal(written, next);
            TempStore.Write(store, written, 10, Now);
        }
        Assert.True(store.Shown.Count > 3);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void BeginsAtTheTimeOrAtTheAccessPointBefore(bool atAccessPoint)
    {
        using var temp = new TempStore();
        using var store = temp.Open();
        TempStore.Write(store, 0, 1_000, Now);
        foreach (var wanted in new ulong[] { 0, 15, 299, 555, 999 })
        {
            using var cursor = new StoreCursor(store);
            Assert.True(cursor.TrySeek(TempStore.MetaOf(wanted).DeliveryWallNs, atAccessPoint));
            Assert.Equal(CursorStatus.Record, cursor.TryNext(out var record));
            Assert.InRange(record.Meta.FeedSequence, wanted < 60 ? 0 : wanted - 60, wanted);
            Assert.True(!atAccessPoint || (record.Meta.Flags & RecordFlags.RandomAccess) != 0);
        }
    }

    [Fact]
    public void ACursorThatTheWindowPassedIsToldOfTheGap()
    {
        using var temp = new TempStore();
        using var store = temp.Open(temp.Options with { ChannelBytesMax = 3 * Segment });
        TempStore.Write(store, 0, 50, Now);
        using var cursor = new StoreCursor(store);
        Assert.True(cursor.TrySeek(0, atAccessPoint: false));
        for (ulong i = 50; i < 3_000; i += 50)
        {
            TempStore.Write(store, i, 50, Now);
            store.Maintain(Now);
        }
        Assert.Equal(CursorStatus.Gap, cursor.TryNext(out _));
        Assert.Equal(CursorStatus.Record, cursor.TryNext(out var record));
        Assert.Equal(store.Shown[0].Range.FirstSequence, record.Meta.FeedSequence);
    }

    // The kernel sends from the mapping; when somebody cuts the file it says EFAULT, and nobody dies.
    [Fact]
    public void TheKernelSendsFromTheMappingAndACutFileIsAnErrno()
    {
        using var temp = new TempStore();
        using var store = temp.Open();
        TempStore.Write(store, 0, 50, Now);
        using var cursor = new StoreCursor(store);
        Assert.True(cursor.TrySeek(0, atAccessPoint: false));
        using var receiver = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        receiver.Client.ReceiveTimeout = 5_000;
        Assert.True(DatagramSocket.TryOpen(new DatagramSocketOptions { BindAddress = IPAddress.Loopback }, out var socket, out _));
        using (socket)
        {
            MappedRecord record = default;
            for (ulong i = 0; i < 20; i++)
            {
                Assert.Equal(CursorStatus.Record, cursor.TryNext(out record));
                if (record.PayloadLength == 0)
                    continue;
                Assert.Equal(1, Send(socket, receiver, record));
                IPEndPoint? from = null;
                Assert.Equal(TempStore.PayloadOf(i), receiver.Receive(ref from));
            }
            File.WriteAllBytes(store.Shown[0].Path, []);
            Assert.Equal(-Errno.EFAULT, Send(socket, receiver, record));
        }
    }

    [Fact]
    public void TheStretchBeforeACursorIsMadeResidentOnce()
    {
        using var temp = new TempStore();
        using var store = temp.Open(temp.Options with { SegmentBytes = 1 << 20 });
        TempStore.Write(store, 0, 2_000, Now);
        using var cursor = new StoreCursor(store);
        Assert.True(cursor.TrySeek(0, atAccessPoint: false));
        var prefetch = new StorePrefetch(aheadBytes: 100_000);
        prefetch.At(cursor);
        Assert.Equal(100_000, prefetch.DoWork());
        Assert.Equal(0, prefetch.DoWork());
        Assert.InRange(store.Shown[0].Mapping!.ResidentBytes(0, 100_000), 100_000, 100_000);
        for (var i = 0; i < 100; i++)
            cursor.TryNext(out _);
        prefetch.At(cursor);
        Assert.Equal(cursor.Offset - SegmentHeader.PageBytes, prefetch.DoWork());
        File.WriteAllBytes(store.Shown[0].Path, []);
        for (var i = 0; i < 100; i++)
            cursor.TryNext(out _);
        prefetch.At(cursor);
        prefetch.DoWork();
        Assert.Equal(1, prefetch.Failures);
    }

    private static int Send(DatagramSocket socket, UdpClient to, MappedRecord record)
    {
        using var batch = new SendBatch(1, 1);
        batch.BeginMessage(DatagramAddress.From(IPAddress.Loopback, ((IPEndPoint)to.Client.LocalEndPoint!).Port), 0);
        batch.AddPacket(0, record.PayloadAddress, record.PayloadLength);
        return socket.SendBatch(batch, 0);
    }
}
