using FsCheck;
using FsCheck.Fluent;
using Sluice.Store;

namespace Sluice.Tests.Store;

public class RecordCodecTests
{
    private const ulong Epoch = 0x1234_5678_9ABC_DEF0;

    [Fact]
    public void WhatIsWrittenReadsBack() => Prop.ForAll<byte[], ulong, long>((payload, sequence, timeNs) =>
    {
        var meta = new RecordMeta
        {
            FeedSequence = sequence,
            DeliveryWallNs = timeNs,
            DeliveryNs = ~timeNs,
            RtpTimestamp = (uint)(sequence >> 7),
            MarkerAndPayloadType = (byte)sequence,
            Flags = (RecordFlags)(sequence & 3),
        };
        var bytes = Committed(meta, payload, out var size);
        Assert.Equal(RecordCodec.SizeOf(payload.Length), size);
        Assert.Equal(0, size % 8);
        Assert.True(RecordCodec.TryRead(bytes, Epoch, out var back, out var content));
        Assert.Equal(meta, back);
        Assert.True(content.SequenceEqual(payload));
    }).QuickCheckThrowOnFailure();

    [Theory, InlineData(0), InlineData(1), InlineData(8), InlineData(1_316), InlineData(RecordCodec.PayloadBytesMax)]
    public void EveryLengthFitsItsRecord(int length)
    {
        var payload = new byte[length];
        new Random(length).NextBytes(payload);
        var bytes = Committed(default, payload, out _);
        Assert.True(RecordCodec.TryRead(bytes, Epoch, out _, out var content));
        Assert.True(content.SequenceEqual(payload));
    }

    [Fact]
    public void AnyBytesAtAllAreReadWithoutAThrow() =>
        Prop.ForAll<byte[], ulong>((bytes, epoch) => { RecordCodec.TryRead(bytes, epoch, out _, out _); })
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2_000).WithEndSize(200));

    [Fact]
    public void AnyHeaderWithAGoodCommitWordIsReadWithoutAThrow()
    {
        var random = new Random(3);
        var bytes = new byte[RecordCodec.RecordBytesMax];
        for (var i = 0; i < 20_000; i++)
        {
            var some = bytes.AsSpan(0, random.Next(RecordCodec.HeaderBytes, i % 10 == 0 ? bytes.Length : 200));
            random.NextBytes(some);
            RecordCodec.WriteCommit(some, Epoch);
            Assert.False(RecordCodec.TryRead(some, Epoch, out _, out _));
        }
    }

    [Fact]
    public void NoFlippedBitAndNoCutGoesUnseen()
    {
        var bytes = Committed(TempStore.MetaOf(3), TempStore.PayloadOf(3), out _)[..(RecordCodec.HeaderBytes + TempStore.PayloadOf(3).Length)];
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(RecordCodec.TryRead(bytes, Epoch, out _, out _), $"bit {bit}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        for (var length = 0; length < bytes.Length; length++)
            Assert.False(RecordCodec.TryRead(bytes.AsSpan(0, length), Epoch, out _, out _), $"length {length}");
        Assert.True(RecordCodec.TryRead(bytes, Epoch, out _, out _));
    }

    [Fact]
    public void AnotherEpochNeverReads()
    {
        var bytes = Committed(TempStore.MetaOf(3), TempStore.PayloadOf(3), out _);
        Assert.False(RecordCodec.TryRead(bytes, Epoch + 1, out _, out _));
        Assert.False(RecordCodec.TryRead(bytes, Epoch ^ (1UL << 63), out _, out _)); // same commit word: the checksum tells
    }

    [Fact]
    public void ABatchIsInvisibleUntilItsFirstCommitWordIsWritten()
    {
        var batch = new byte[2_000];
        var first = RecordCodec.Stage(TempStore.MetaOf(1), TempStore.PayloadOf(1), batch);
        var both = first + RecordCodec.Stage(TempStore.MetaOf(2), TempStore.PayloadOf(2), batch.AsSpan(first));
        RecordCodec.Seal(batch.AsSpan(0, both), Epoch);
        Assert.False(RecordCodec.TryRead(batch, Epoch, out _, out _));
        RecordCodec.WriteCommit(batch, Epoch);
        Assert.True(RecordCodec.TryRead(batch, Epoch, out _, out _));
        Assert.True(RecordCodec.TryRead(batch.AsSpan(first), Epoch, out var meta, out _));
        Assert.Equal(2UL, meta.FeedSequence);
        RecordCodec.Seal(batch.AsSpan(0, both), Epoch + 9); // taken to another segment
        RecordCodec.WriteCommit(batch, Epoch + 9);
        Assert.True(RecordCodec.TryRead(batch, Epoch + 9, out _, out _));
    }

    private static byte[] Committed(RecordMeta meta, byte[] payload, out int size)
    {
        var bytes = new byte[RecordCodec.SizeOf(payload.Length)];
        size = RecordCodec.Stage(meta, payload, bytes);
        RecordCodec.Seal(bytes, Epoch);
        RecordCodec.WriteCommit(bytes, Epoch);
        return bytes;
    }
}
