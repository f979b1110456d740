using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Tests.Store;

public class TornTailTests
{
    private const int Records = 14;
    private static readonly MonotonicTime Now = TempStore.Start;

    public enum Harm { Cut, Zeros, Noise }

    // Every byte offset of what was written: what is read is an exact prefix, and all of it that was before the harm.
    [Theory, InlineData(Harm.Cut), InlineData(Harm.Zeros), InlineData(Harm.Noise)]
    public void AnyTornTailLeavesAnExactPrefix(Harm harm)
    {
        using var temp = new TempStore();
        var (bytes, ends) = Written(temp);
        var path = temp.SegmentFiles[0];
        for (var k = SegmentHeader.PageBytes; k <= ends[^1]; k++)
        {
            File.WriteAllBytes(path, Torn(bytes, k, harm));
            AssertPrefix(temp.ReadAll(), ends, k);
        }
    }

    [Theory, InlineData(Harm.Cut), InlineData(Harm.Zeros), InlineData(Harm.Noise)]
    public void AReopenedStoreEndsThereAndGoesOnInANewSegment(Harm harm)
    {
        using var temp = new TempStore();
        var (bytes, ends) = Written(temp);
        var path = temp.SegmentFiles[0];
        for (var k = SegmentHeader.PageBytes; k <= ends[^1]; k += 13)
        {
            foreach (var file in temp.SegmentFiles)
                File.Delete(file);
            File.WriteAllBytes(path, Torn(bytes, k, harm));
            var kept = 0;
            using (var store = temp.Open())
            {
                kept = AssertPrefix(temp.ReadAll(), ends, k);
                Assert.Equal(kept, store.Segments.Sum(s => s.Range.Records));
                TempStore.Write(store, 1_000, 3, Now);
                Assert.Equal(2UL, store.Segments[^1].Header.Number);
            }
            Assert.Equal([.. TempStore.Indexes(0, kept), 1_000, 1_001, 1_002], temp.ReadAll());
        }
    }

    [Fact]
    public void ATornHeaderPageLosesTheSegmentAndNothingElse()
    {
        using var temp = new TempStore();
        var (bytes, _) = Written(temp);
        var path = temp.SegmentFiles[0];
        for (var k = 0; k < SegmentHeader.PageBytes; k += 61)
            foreach (var harm in Enum.GetValues<Harm>())
            {
                foreach (var file in temp.SegmentFiles)
                    File.Delete(file);
                File.WriteAllBytes(path, Torn(bytes, k, harm));
                using var store = temp.Open();
                TempStore.Write(store, 1_000, 1, Now);
                Assert.Equal(1_000UL, temp.ReadAll()[^1]);
            }
    }

    [Fact]
    public void AFileCutBelowItsMarkHasDecayedAndThatIsSaid()
    {
        using var temp = new TempStore();
        var (bytes, ends) = Written(temp, sync: true);
        File.WriteAllBytes(temp.SegmentFiles[0], bytes[..(ends[3] + 50)]);
        using var store = temp.Open();
        Assert.Equal(1, store.Counters.SegmentsShort);
        Assert.Equal(TempStore.Indexes(0, 4), temp.ReadAll());
    }

    // Opening believes the mark; reading believes nothing.
    [Fact]
    public void AFlippedBitBelowTheMarkIsNeverServed()
    {
        using var temp = new TempStore();
        var (bytes, ends) = Written(temp, sync: true);
        bytes[ends[3] + 50] ^= 1;
        File.WriteAllBytes(temp.SegmentFiles[0], bytes);
        using var store = temp.Open();
        Assert.Equal(TempStore.Indexes(0, 4), temp.ReadAll());
    }

    [Fact]
    public void OpeningReadsOnFromTheMark()
    {
        using var temp = new TempStore();
        using (var store = temp.Open(temp.Options with { SegmentBytes = 1 << 20 }))
        {
            TempStore.Write(store, 0, 1_000, Now);
            Assert.Equal(0, store.Sync(Now));
            TempStore.Write(store, 1_000, 500, Now);
        }
        // What the mark vouches for is not looked at: harm there does not shorten what is found.
        using (var file = File.OpenWrite(temp.SegmentFiles[0]))
        {
            file.Position = SegmentHeader.PageBytes + 30_000;
            file.Write(new byte[100]);
        }
        using var again = temp.Open();
        Assert.Equal(1_500, again.Segments[0].Range.Records);
        Assert.True(SegmentScan.TryLoadIndex(temp.SegmentFiles[0], out var index, out _));
        Assert.True(index.TryFind(TempStore.MetaOf(1_400).DeliveryWallNs, randomAccessOnly: true, out var entry));
        Assert.InRange(entry.WallNs, TempStore.MetaOf(1_350).DeliveryWallNs, TempStore.MetaOf(1_400).DeliveryWallNs);
    }

    [Fact]
    public void ASealedSegmentThatWasCutIsReadThrough()
    {
        using var temp = new TempStore();
        using (var store = temp.Open())
        {
            TempStore.Write(store, 0, 20, Now);
            store.Close(Now);
        }
        var bytes = File.ReadAllBytes(temp.SegmentFiles[0]);
        File.WriteAllBytes(temp.SegmentFiles[0], bytes[..(SegmentHeader.PageBytes + 1_000)]);
        using var again = temp.Open();
        Assert.Equal(1, again.Counters.SegmentsScanned);
        var found = temp.ReadAll();
        Assert.Equal(TempStore.Indexes(0, found.Count), found);
        Assert.InRange(found.Count, 3, 19);
    }

    // The second life writes records of the sizes of the first, so that every old record stands exactly where a reader looks.
    [Fact]
    public void StaleRecordsOfARecycledSegmentNeverValidate()
    {
        using var temp = new TempStore();
        Directory.CreateDirectory(temp.ChannelPath);
        var path = Path.Combine(temp.ChannelPath, "0000000000000002.seg");
        Assert.True(LinuxDisk.Instance.TryCreate(path, 64 << 10, out var file, out _));
        using (file)
        {
            WriteLife(file, path, number: 1, records: 30);
            for (var records = 0; records < 30; records++)
            {
                WriteLife(file, path, number: 2, records);
                Assert.Equal(TempStore.Indexes(0, records), temp.ReadAll());
                WriteLife(file, path, number: 1, records: 30);
            }
        }
    }

    private static void WriteLife(IStoreFile file, string path, ulong number, int records)
    {
        var header = new SegmentHeader { Epoch = SegmentHeader.EpochOf(number, 5), Number = number, FileBytes = 64 << 10, Channel = "news", Media = StoredMedia.MpegTs };
        var writer = new SegmentWriter(file, new StoredSegment(path, header, SegmentRange.Empty));
        Assert.Equal(0, writer.Begin(new byte[SegmentHeader.PageBytes]));
        var record = new byte[RecordCodec.RecordBytesMax + SegmentHeader.PageBytes];
        for (ulong i = 0; i < (ulong)records; i++)
        {
            var size = RecordCodec.Stage(TempStore.MetaOf(i), TempStore.PayloadOf(i), record);
            Assert.Equal(0, writer.Write(new ArraySegment<byte>(record, 0, size), out _));
        }
    }

    // One segment of several batches, as a killed process leaves it, and where each record ends.
    private static (byte[] Bytes, int[] Ends) Written(TempStore temp, bool sync = false)
    {
        using (var store = temp.Open())
        {
            for (ulong i = 0; i < Records; i += 4)
                TempStore.Write(store, i, (int)Math.Min(4, Records - i), Now);
            if (sync)
                Assert.Equal(0, store.Sync(Now));
        }
        var at = SegmentHeader.PageBytes;
        var ends = Enumerable.Range(0, Records).Select(i => at += RecordCodec.SizeOf(TempStore.PayloadOf((ulong)i).Length)).ToArray();
        return (File.ReadAllBytes(temp.SegmentFiles[0])[..(ends[^1] + 64)], ends);
    }

    private static byte[] Torn(byte[] bytes, int k, Harm harm)
    {
        var torn = harm == Harm.Cut ? bytes[..k] : (byte[])bytes.Clone();
        if (harm == Harm.Zeros)
            torn.AsSpan(k).Clear();
        if (harm == Harm.Noise)
            new Random(k).NextBytes(torn.AsSpan(k));
        return torn;
    }

    private static int AssertPrefix(List<ulong> found, int[] ends, int k)
    {
        Assert.Equal(TempStore.Indexes(0, found.Count), found);
        var whole = ends.Count(end => end <= k);
        Assert.InRange(found.Count, whole, whole + 1); // one more if only its padding or bytes that were zero are gone
        return found.Count;
    }
}
