using System.Diagnostics;
using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Tests.Store;

public class StorePrefetchTests
{
    private const long Ahead = 100_000;
    private static readonly MonotonicTime Now = TempStore.Start;

    [Fact]
    public void TheStretchBeforeACursorIsReadOnceAndGoesOnBeforeHalfOfItIsUsed()
    {
        using var temp = new TempStore();
        using var store = temp.Open(temp.Options with { SegmentBytes = 1 << 20 });
        TempStore.Write(store, 0, 2_000, Now);
        using var cursor = Begun(store);
        var prefetch = new StorePrefetch(Ahead);
        prefetch.Add(cursor);
        Assert.Equal(Ahead, prefetch.DoWork());
        Assert.Equal(0, prefetch.DoWork());
        long asked = Ahead;
        while (cursor.TryNext(out _) == CursorStatus.Record)
        {
            asked += prefetch.DoWork();
            var leftBytes = store.Shown[0].EndOffset - cursor.Offset;
            Assert.InRange(SegmentHeader.PageBytes + asked - cursor.Offset, Math.Min(Ahead / 2 - 500, leftBytes - Ahead / 2), Ahead);
        }
        Assert.Equal((asked, 0), (prefetch.Bytes, prefetch.Failures));
    }

    [Fact]
    public void GoesOnInTheNextSegmentAndReadsEachByteOnce()
    {
        using var temp = new TempStore();
        using var store = temp.Open();
        TempStore.Write(store, 0, 1_000, Now);
        using var cursor = Begun(store);
        var prefetch = new StorePrefetch(Ahead);
        prefetch.Add(cursor);
        prefetch.DoWork();
        while (cursor.TryNext(out _) == CursorStatus.Record)
            prefetch.DoWork();
        var closed = store.Shown.Take(store.Shown.Count - 1).Sum(segment => segment.EndOffset - SegmentHeader.PageBytes);
        // A following segment is taken from its header page on.
        Assert.InRange(prefetch.Bytes, closed, closed + store.Shown.Count * SegmentHeader.PageBytes + store.Shown[^1].EndOffset);
        prefetch.Remove(cursor);
        Assert.Equal(0, prefetch.DoWork());
    }

    // The kernel says what is in its cache: nothing after it was asked to forget, the stretch after the pass.
    [Fact]
    public void ColdPagesAreInMemoryAfterThePass()
    {
        using var temp = new TempStore();
        using var store = temp.Open(temp.Options with { SegmentBytes = 8 << 20 });
        TempStore.Write(store, 0, 30_000, Now);
        Assert.Equal(0, store.Sync(Now));
        using var cursor = Begun(store);
        ColdPages.Drop(store.Shown[0].Path);
        var mapping = store.Shown[0].Mapping!;
        Assert.InRange(mapping.ResidentBytes(0, 4 << 20), 0, 1 << 20);
        var prefetch = new StorePrefetch(4 << 20);
        prefetch.Add(cursor);
        Assert.Equal(4 << 20, prefetch.DoWork());
        Assert.Equal(4 << 20, mapping.ResidentBytes(0, 4 << 20));
    }

    [Fact]
    public void AFileThatWasCutIsAFailureAndNoSignal()
    {
        using var temp = new TempStore();
        using var store = temp.Open(temp.Options with { SegmentBytes = 1 << 20 });
        TempStore.Write(store, 0, 2_000, Now);
        using var cursor = Begun(store);
        File.WriteAllBytes(store.Shown[0].Path, []);
        var prefetch = new StorePrefetch(Ahead);
        prefetch.Add(cursor);
        prefetch.DoWork();
        Assert.Equal(1, prefetch.Failures);
    }

    private static StoreCursor Begun(ChannelStore store)
    {
        var cursor = new StoreCursor(store);
        Assert.True(cursor.TrySeek(0, atAccessPoint: false));
        return cursor;
    }
}
