using FsCheck;
using FsCheck.Fluent;
using Sluice.Linux;
using Sluice.Store;
using Sluice.Tests.Kit;

namespace Sluice.Tests.Store;

public class ChannelStoreTests
{
    private static readonly MonotonicTime Now = TempStore.Start;

    [Fact]
    public void KeepsRecordsOverManySegmentsAndACleanEnd()
    {
        using var temp = new TempStore();
        using (var store = temp.Open())
        {
            Assert.Equal(new FlushResult(100, 0), TempStore.Write(store, 0, 100, Now));
            for (ulong first = 100; first < 2_000; first += 100)
            {
                TempStore.Write(store, first, 100, Now);
                store.Maintain(Now);
            }
            Assert.True(store.Counters.SegmentsBegun > 3);
            Assert.Equal(2_000, store.Counters.Records);
            store.Close(Now);
        }
        Assert.Equal(TempStore.Indexes(0, 2_000), temp.ReadAll());
        using var again = temp.Open();
        Assert.Equal(0, again.Counters.SegmentsScanned);
        Assert.All(again.Segments, s => Assert.True(s.IsSealed && s.Mapping is not null));
        Assert.Equal(2_000, again.Segments.Sum(s => s.Range.Records));
        Assert.Equal(1_999UL, again.Segments[^1].Range.LastSequence);
    }

    [Fact]
    public void WhatIsStagedOnlyIsNotYetThere()
    {
        using var temp = new TempStore();
        using var store = temp.Open();
        store.Append(TempStore.MetaOf(0), TempStore.PayloadOf(0), Now);
        Assert.Empty(temp.ReadAll());
        store.Flush(Now);
        Assert.Equal([0UL], temp.ReadAll());
    }

    [Fact]
    public void AReaderFollowsWhatIsBeingWritten()
    {
        using var temp = new TempStore();
        using var store = temp.Open();
        TempStore.Write(store, 0, 2, Now);
        Assert.True(SegmentReader.TryOpen(store.Segments[^1].Path, out var reader, out _));
        using (reader)
            for (ulong i = 0; i < 100; i++)
            {
                if (i >= 2)
                {
                    Assert.Equal(ReadStatus.End, reader.TryNext(out _));
                    TempStore.Write(store, i, 1, Now);
                }
                Assert.Equal(ReadStatus.Record, reader.TryNext(out var record));
                TempStore.AssertIs(i, record.Meta, record.Payload);
            }
    }

    [Fact]
    public void ReopensAfterAnEndWithoutClose()
    {
        using var temp = new TempStore();
        for (var round = 0; round < 5; round++)
            using (var store = temp.Open())
            {
                Assert.Equal(round == 0 ? 0 : 1, store.Counters.SegmentsScanned);
                TempStore.Write(store, (ulong)round * 50, 50, Now);
            }
        Assert.Equal(TempStore.Indexes(0, 250), temp.ReadAll());
        Assert.All(temp.SegmentFiles[..^1], f => Assert.InRange(new FileInfo(f).Length, 1, 32 << 10)); // unused space given back
    }

    // Random appends, flushes, syncs, clean and unclean ends on the store and on a list.
    [Fact]
    public void AgreesWithAList() => Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        using var temp = new TempStore();
        var (flushed, staged, next) = (new List<ulong>(), new List<ulong>(), 0UL);
        var store = temp.Open();
        for (var step = 0; step < 400; step++)
        {
            var now = Now + step;
            switch (random.Next(40))
            {
                case 0: Finish(store, now, clean: true); store = temp.Open(); break;
                case 1: Finish(store, now, clean: false); store = temp.Open(); break;
                case 2: store.SetMedia(new((byte)random.Next(2), 90_000, "X"), now); break;
                case 3: store.Sync(now); break;
                case < 10: store.Maintain(now); break;
                case < 20: TempStore.Write(store, next, 0, now); flushed.AddRange(staged); staged.Clear(); break;
                default:
                    for (var n = random.Next(1, 20); n > 0; n--, next++)
                    {
                        Assert.Equal(AppendResult.Staged, store.Append(TempStore.MetaOf(next), TempStore.PayloadOf(next), now));
                        staged.Add(next);
                    }
                    break;
            }
        }
        store.Close(Now);
        flushed.AddRange(staged);
        Assert.Equal(flushed, temp.ReadAll());

        void Finish(ChannelStore open, MonotonicTime now, bool clean)
        {
            open.Flush(now); // without it, what a full stage has written by itself would have to be known here
            if (clean)
                open.Close(now);
            open.Dispose();
            flushed.AddRange(staged);
            staged.Clear();
        }
    }).Check(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(30));

    [Fact]
    public void AppendFlushAndMaintainAllocateNothing()
    {
        using var temp = new TempStore();
        using var store = temp.Open(temp.Options with { SegmentBytes = 64 << 20, SyncEveryNs = 1_000 });
        var (meta, payload) = (TempStore.MetaOf(1), new byte[1_316]);
        var i = 0;
        Assert.Equal(0, Allocations.Of(Round));
        Assert.True(store.Counters is { Records: >= 5_000, SegmentsBegun: 1, Syncs: > 90 });

        void Round()
        {
            i++;
            for (var n = 0; n < 50; n++)
                store.Append(meta, payload, Now + i * 1_000L);
            store.Flush(Now + i * 1_000L);
            store.Maintain(Now + i * 1_000L);
        }
    }

    [Fact]
    public void RefusesAPayloadOverTheLimit()
    {
        using var temp = new TempStore();
        using var store = temp.Open();
        Assert.Equal(AppendResult.TooLarge, store.Append(default, new byte[RecordCodec.PayloadBytesMax + 1], Now));
        Assert.Equal(AppendResult.Staged, store.Append(default, new byte[RecordCodec.PayloadBytesMax], Now));
        Assert.Equal(1, store.Flush(Now).Records);
        Assert.Equal(1, store.Counters.Dropped);
    }

    [Fact]
    public void TheOldestSegmentMakesRoomAndItsBytesNeverComeBack()
    {
        using var temp = new TempStore();
        var options = temp.Options with { ChannelBytesMax = 4 * 64 << 10 };
        var store = temp.Open(options);
        var written = 0UL;
        for (; written < 5_000; written += 50)
        {
            TempStore.Write(store, written, 50, Now);
            store.Maintain(Now);
            Assert.InRange(temp.SegmentFiles.Sum(f => new FileInfo(f).Length), 0, 4 * 64 << 10);
            var held = temp.ReadAll();
            Assert.Equal(TempStore.Indexes(held[0], held.Count), held); // contiguous: nothing of an earlier life
            Assert.Equal(written + 49, held[^1]);
        }
        Assert.True(store.Counters.SegmentsRecycled > 10);
        Assert.True(temp.ReadAll().Count > 500);
        store.Dispose();
        using var again = temp.Open(options);
        Assert.Equal(written - 1, temp.ReadAll()[^1]);
    }

    [Fact]
    public void TheMappingIsThereForTheKernelAndFaultsAsAValue()
    {
        using var temp = new TempStore();
        using var store = temp.Open();
        TempStore.Write(store, 0, 10, Now);
        var segment = store.Segments[0];
        Assert.Equal(0, segment.Mapping!.Populate(0, segment.EndOffset));
        File.WriteAllBytes(segment.Path, []);
        Assert.Equal(-Errno.EFAULT, segment.Mapping.Populate(0, segment.EndOffset));
    }

    [Fact]
    public void MediaIsKeptWithTheSegment()
    {
        using var temp = new TempStore();
        using var store = temp.Open();
        TempStore.Write(store, 0, 1, Now);
        store.SetMedia(new(96, 90_000, "H264"), Now);
        TempStore.Write(store, 1, 1, Now);
        Assert.Equal(["MP2T", "H264"], store.Segments.Select(s => s.Header.Media.Encoding));
        Assert.Single(store.Segments.Select(s => s.Header.Run).Distinct());
    }

    [Fact]
    public void TheIndexIsReadOrRebuiltTheSame()
    {
        using var temp = new TempStore();
        using (var store = temp.Open())
        {
            TempStore.Write(store, 0, 150, Now);
            store.Close(Now);
        }
        var path = temp.SegmentFiles[0];
        Assert.True(SegmentScan.TryLoadIndex(path, out var written, out _));
        Assert.True(written.Count > 3);
        Assert.True(SegmentReader.TryOpen(path, out var reader, out _));
        var end = reader.Seal!.Value.Range.EndOffset;
        reader.Dispose();
        using (var file = File.OpenWrite(path))
        {
            file.Position = end + 3;
            file.WriteByte(0x55);
        }
        Assert.True(SegmentScan.TryLoadIndex(path, out var rebuilt, out _));
        Assert.Equal(Enumerable.Range(0, written.Count).Select(i => written[i]), Enumerable.Range(0, rebuilt.Count).Select(i => rebuilt[i]));
    }
}
