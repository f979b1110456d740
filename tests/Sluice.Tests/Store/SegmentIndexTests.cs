using FsCheck;
using FsCheck.Fluent;
using Sluice.Store;

namespace Sluice.Tests.Store;

public class SegmentIndexTests
{
    private const long SegmentBytes = 1 << 20;

    // Random records until the segment is full: what is found is at most one stride before what was asked for.
    [Fact]
    public void FindsAPlaceAtMostOneStrideBefore() => Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        var index = new SegmentIndex(SegmentBytes);
        var all = new List<(long WallNs, long Offset, bool IsRandomAccess)>();
        long offset = SegmentHeader.PageBytes, wallNs = 0;
        while (offset < SegmentBytes - SegmentIndex.ReserveBytes(SegmentBytes))
        {
            var isRandomAccess = random.Next(20) == 0;
            index.Add(new RecordMeta { DeliveryWallNs = wallNs, Flags = isRandomAccess ? RecordFlags.RandomAccess : RecordFlags.None }, offset);
            all.Add((wallNs, offset, isRandomAccess));
            offset += RecordCodec.SizeOf(random.Next(1, 1_400));
            wallNs += random.Next(0, 3);
        }
        for (var i = 0; i < 50; i++)
        {
            var at = random.NextInt64(-1, wallNs + 1);
            Check(index, all, at, randomAccessOnly: i % 2 == 0);
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void WritesAndReadsBack()
    {
        var index = new SegmentIndex(SegmentBytes);
        for (ulong i = 0; i < 100; i++)
            index.Add(TempStore.MetaOf(i), SegmentHeader.PageBytes + (long)i * 1_320);
        var bytes = new byte[SegmentIndex.ReserveBytes(SegmentBytes)];
        var back = new SegmentIndex(SegmentBytes);
        Assert.True(back.TryRead(bytes.AsSpan(0, index.Write(bytes)), new SegmentRange { EndOffset = SegmentBytes }));
        Assert.Equal(Enumerable.Range(0, index.Count).Select(i => index[i]), Enumerable.Range(0, back.Count).Select(i => back[i]));
        Assert.False(back.TryRead(bytes.AsSpan(0, index.Write(bytes)), new SegmentRange { EndOffset = 5_000 }));
    }

    private static void Check(SegmentIndex index, List<(long WallNs, long Offset, bool IsRandomAccess)> all, long at, bool randomAccessOnly)
    {
        var wanted = all.FindLastIndex(r => r.WallNs <= at && (r.IsRandomAccess || !randomAccessOnly));
        Assert.Equal(wanted >= 0, index.TryFind(at, randomAccessOnly, out var entry));
        if (wanted < 0)
            return;
        Assert.InRange(all[wanted].Offset - entry.Offset, 0, index.StrideBytes);
        Assert.Contains((entry.WallNs, entry.Offset, true), all.Select(r => (r.WallNs, r.Offset, r.IsRandomAccess || !randomAccessOnly)));
    }
}
