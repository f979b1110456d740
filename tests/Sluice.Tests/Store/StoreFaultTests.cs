using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Tests.Store;

public class StoreFaultTests
{
    private static readonly MonotonicTime Now = TempStore.Start;

    [Theory, InlineData(Errno.EIO), InlineData(Errno.ENOSPC), InlineData(Errno.EFAULT)]
    public void AFailedWriteGoesToANewSegmentAfterAPause(int errno)
    {
        using var temp = new TempStore();
        var faults = new FaultyDisk();
        using var store = temp.Open(temp.Options with { Disk = faults });
        TempStore.Write(store, 0, 10, Now);
        for (ulong i = 10; i < 20; i++)
            store.Append(TempStore.MetaOf(i), TempStore.PayloadOf(i), Now);
        (faults.WriteErrno, faults.WritesBefore) = (errno, 0);
        Assert.Equal(new FlushResult(0, errno), store.Flush(Now)); // the disk stays bad: new segment fails too
        Assert.Equal((10, 2, errno), (store.Counters.DroppedWriteFailed, store.Counters.SegmentsPoisoned, store.Counters.LastErrno));
        faults.WriteErrno = 0;
        Assert.Equal(AppendResult.NoSegment, store.Append(TempStore.MetaOf(20), TempStore.PayloadOf(20), Now));
        Assert.Equal(1, store.Counters.DroppedNoSegment);
        Assert.Equal(new FlushResult(5, 0), TempStore.Write(store, 21, 5, Now + StoreLimits.RetryNsFirst));
        Assert.Equal([.. TempStore.Indexes(0, 10), .. TempStore.Indexes(21, 5)], temp.ReadAll());
    }

    [Fact]
    public void OneFailedWriteCostsNothing()
    {
        using var temp = new TempStore();
        var faults = new FaultyDisk();
        using var store = temp.Open(temp.Options with { Disk = faults });
        TempStore.Write(store, 0, 10, Now);
        store.Append(TempStore.MetaOf(10), TempStore.PayloadOf(10), Now);
        (faults.WriteErrno, faults.WritesToFail) = (Errno.EIO, 1);
        Assert.Equal(new FlushResult(1, 0), store.Flush(Now));
        Assert.Equal([true, false], store.Segments.Select(s => s.IsPoisoned));
        Assert.Equal(TempStore.Indexes(0, 11), temp.ReadAll());
    }

    // Fails at each of the writes that a batch and a new segment take, in turn.
    [Fact]
    public void AWriteThatFailsAnywhereLosesAtMostItsBatch()
    {
        for (var healthy = 0; healthy < 12; healthy++)
        {
            using var temp = new TempStore();
            var faults = new FaultyDisk { WriteErrno = Errno.EIO, WritesBefore = healthy };
            var acknowledged = new List<ulong>();
            using (var store = temp.Open(temp.Options with { Disk = faults }))
            {
                for (ulong i = 0; i < 20; i += 2)
                {
                    if (i == 12)
                        faults.WriteErrno = 0;
                    if (TempStore.Write(store, i, 2, Now + (long)i * StoreLimits.RetryNsMax) is { Records: > 0 and var n })
                        acknowledged.AddRange(TempStore.Indexes(i, n));
                }
                Assert.Equal(20 - acknowledged.Count, store.Counters.Dropped);
                Assert.True(acknowledged.Count >= 8);
            }
            // Found: all that was acknowledged; beside it at most a batch whose commit word may have come through.
            var found = temp.ReadAll();
            Assert.Empty(acknowledged.Except(found));
            Assert.Equal(found.Distinct(), found);
        }
    }

    [Fact]
    public void AFailedSyncGivesTheSegmentUpAndIsNotRetried()
    {
        using var temp = new TempStore();
        var faults = new FaultyDisk();
        using var store = temp.Open(temp.Options with { Disk = faults, SyncEveryNs = 1_000 });
        TempStore.Write(store, 0, 10, Now);
        faults.SyncErrno = Errno.EIO;
        store.Append(TempStore.MetaOf(10), TempStore.PayloadOf(10), Now);
        store.Maintain(Now + 1_000);
        faults.SyncErrno = 0;
        Assert.True(store.Segments[0].IsPoisoned);
        Assert.Equal((1, 0, 10), (store.Counters.SyncsFailed, store.Counters.Syncs, store.Counters.RecordsAtRisk));
        Assert.Equal(1, store.Flush(Now + 1_000).Records); // what was in memory goes to the next
        Assert.Equal(2, store.Segments.Count);
        store.Maintain(Now + 3_000);
        Assert.Equal(1, store.Counters.Syncs);
        Assert.Equal(TempStore.Indexes(0, 11), temp.ReadAll());
    }

    [Fact]
    public void ADiskThatCannotSyncDoesNotPushTheWindowOut()
    {
        using var temp = new TempStore();
        var faults = new FaultyDisk();
        var options = temp.Options with { Disk = faults, SyncEveryNs = 1_000_000_000, ChannelBytesMax = 8 * 64 << 10 };
        using var store = temp.Open(options);
        faults.SyncErrno = Errno.EIO;
        for (ulong second = 0; second < 100; second++)
        {
            TempStore.Write(store, second, 1, Now + (long)second * 1_000_000_000);
            store.Maintain(Now + (long)second * 1_000_000_000);
        }
        Assert.InRange(store.Counters.SyncsFailed, 3, 10);
        Assert.Equal(TempStore.Indexes(0, 100), temp.ReadAll());
    }

    [Fact]
    public void AFailureForLongKeepsTheWindowAndPausesLonger()
    {
        using var temp = new TempStore();
        var faults = new FaultyDisk();
        using var store = temp.Open(temp.Options with { Disk = faults, ChannelBytesMax = 3 * 64 << 10 });
        ulong next = 0;
        for (; next < 600; next += 20)
            TempStore.Write(store, next, 20, Now);
        var held = temp.ReadAll();
        faults.WriteErrno = Errno.EIO;
        for (var i = 0; i < 1_000; i++)
        {
            TempStore.Write(store, 10_000, 1, Now + i * 10_000_000L); // 10 s in steps of 10 ms
            store.Maintain(Now + i * 10_000_000L);
        }
        Assert.InRange(store.Counters.SegmentsPoisoned, 3, 12);
        Assert.Equal(1_000, store.Counters.Dropped);
        Assert.True(temp.ReadAll().Count > held.Count / 3);
        faults.WriteErrno = 0;
        Assert.Equal(1, TempStore.Write(store, next, 1, Now + 20_000_000_000).Records);
    }

    [Fact]
    public void AFileInPlaceOfTheDirectoryIsAProblemNotAnException()
    {
        using var temp = new TempStore();
        var path = Path.Combine(temp.Path, "file");
        File.WriteAllText(path, "");
        Refused(temp.Options with { Path = path }, TempStore.Channel, StoreProblemKind.NotADirectory, path);
        Refused(temp.Options with { Path = Path.Combine(path, "deeper") }, TempStore.Channel, StoreProblemKind.NotADirectory, path);
        File.WriteAllText(temp.ChannelPath, "");
        Refused(temp.Options, TempStore.Channel, StoreProblemKind.NotADirectory, temp.ChannelPath);
    }

    [Theory, InlineData(""), InlineData("."), InlineData(".."), InlineData("a/b"), InlineData("../x"), InlineData("a\0b"), InlineData("é"), InlineData("%2e")]
    public void ANameThatIsNoFileNameIsRefused(string channel)
    {
        using var temp = new TempStore();
        Refused(temp.Options, channel, StoreProblemKind.BadChannelName, temp.Path);
        Assert.Empty(Directory.GetFileSystemEntries(temp.Path));
    }

    [Fact]
    public void SizesThatCannotWorkAreRefused()
    {
        using var temp = new TempStore();
        Refused(temp.Options with { SegmentBytes = 4_096 }, TempStore.Channel, StoreProblemKind.BadOptions, temp.Path);
        Refused(temp.Options with { SegmentBytes = (64 << 10) + 1 }, TempStore.Channel, StoreProblemKind.BadOptions, temp.Path);
        Refused(temp.Options with { ChannelBytesMax = 64 << 10 }, TempStore.Channel, StoreProblemKind.BadOptions, temp.Path);
    }

    [Fact]
    public void ASecondWriterIsRefusedAndTheFirstGoesOn()
    {
        using var temp = new TempStore();
        using var store = temp.Open();
        Refused(temp.Options, TempStore.Channel, StoreProblemKind.Locked, temp.ChannelPath);
        Assert.Equal(3, TempStore.Write(store, 0, 3, Now).Records);
        store.Close(Now);
        using var next = temp.Open();
        Assert.Equal(TempStore.Indexes(0, 3), temp.ReadAll());
    }

    // A file system of 2 MiB that somebody else fills and frees again.
    [Fact]
    public void AFullDiskShrinksTheWindowAndNeverEndsTheStore()
    {
        using var disk = new SmallDisk("2m");
        using var temp = disk.Store();
        var options = temp.Options with { SyncEveryNs = 1_000_000 };
        var store = temp.Open(options);
        for (ulong i = 0; i < 1_000; i += 50)
            TempStore.Write(store, i, 50, Now);
        disk.Fill();
        for (ulong i = 1_000; i < 4_000; i += 50)
        {
            Assert.Equal(0, TempStore.Write(store, i, 50, Now + (long)i * 1_000_000).Errno);
            store.Maintain(Now + (long)i * 1_000_000);
        }
        Assert.True(store.Counters is { SegmentsLostToFullDisk: > 3, Dropped: 0, CreatesFailed: > 3 });
        var held = temp.ReadAll();
        Assert.Equal(TempStore.Indexes(held[0], held.Count), held);
        Assert.Equal(3_999UL, held[^1]);
        disk.Free();
        TempStore.Write(store, 4_000, 50, Now);
        store.Close(Now);
        using var again = temp.Open(options);
        Assert.Equal(4_049UL, temp.ReadAll()[^1]);
    }

    [Fact]
    public void AFullDiskAtStartIsAProblemAndIsTriedAgainWithSuccess()
    {
        using var disk = new SmallDisk("2m");
        using var temp = disk.Store();
        disk.Fill();
        Refused(temp.Options, TempStore.Channel, StoreProblemKind.Full, temp.ChannelPath);
        disk.Free();
        using var store = temp.Open();
        Assert.Equal(3, TempStore.Write(store, 0, 3, Now).Records);
    }

    // The kernel's own ENOSPC on write: the space reserved for the segment is punched out of it and given to another.
    [Fact]
    public void ARealFailedWriteLosesAtMostItsBatch()
    {
        using var disk = new SmallDisk("2m");
        using var temp = disk.Store();
        using var store = temp.Open(temp.Options with { SegmentBytes = 256 << 10 });
        TempStore.Write(store, 0, 20, Now);
        SmallDisk.Run("fallocate", "-p", "-o", "32768", "-l", "229376", store.Segments[0].Path);
        disk.Fill();
        var next = 20UL;
        for (var i = 0; i < 50; i++, next += 20)
            TempStore.Write(store, next, 20, Now + i);
        Assert.True(store.Counters is { SegmentsPoisoned: > 0, Dropped: > 0, LastErrno: Errno.ENOSPC });
        Assert.Equal(store.Counters.Records, temp.ReadAll().Count);
        disk.Free();
        Assert.Equal(20, TempStore.Write(store, next, 20, Now + 10 * StoreLimits.RetryNsMax).Records);
        Assert.Equal(next + 19, temp.ReadAll()[^1]);
    }

    [Fact]
    public void ASegmentDeletedOrCutUnderTheStoreEndsNothing()
    {
        using var temp = new TempStore();
        var store = temp.Open();
        ulong next = 0;
        for (; next < 1_000; next += 50)
            TempStore.Write(store, next, 50, Now);
        foreach (var file in temp.SegmentFiles)
            File.Delete(file);
        for (; next < 1_500; next += 50)
            TempStore.Write(store, next, 50, Now);
        foreach (var file in temp.SegmentFiles)
            File.WriteAllBytes(file, []);
        for (; next < 2_000; next += 50)
            TempStore.Write(store, next, 50, Now);
        Assert.Equal((2_000, 0), (store.Counters.Records, store.Counters.Dropped));
        store.Close(Now);
        using var again = temp.Open();
        Assert.Equal(3, TempStore.Write(again, next, 3, Now).Records);
    }

    private static void Refused(StoreOptions options, string channel, StoreProblemKind kind, string path)
    {
        Assert.False(ChannelStore.TryOpen(options, channel, out _, out var problem));
        Assert.Equal((kind, path), (problem.Kind, problem.Path));
        Assert.NotEmpty(problem.What);
        Assert.NotEmpty(problem.Remedy);
    }
}
