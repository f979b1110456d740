using Sluice.Linux;
using Sluice.Store;
using Sluice.Wire.MpegTs;

namespace Sluice.Tests.Store.Assets;

/// <summary>A file becomes records and comes back to the byte, whatever its pieces, its ends and its dirt.</summary>
public sealed class AssetWriterTests : IDisposable
{
    private const string Name = "clip";
    private readonly TempStore _store = new();

    private StoreOptions Options => _store.Options with { KeepsAll = true };

    public void Dispose() => _store.Dispose();

    [Fact]
    public void HasTheRecordsAndTimesThatAnImportGives()
    {
        var bytes = new PcrFile().Bytes();
        Write(bytes, new Random(4));
        Assert.Equal(Imported(bytes), Records());
    }

    [Theory, InlineData(-2_000_000_000L), InlineData(900_000_000L), InlineData(-2_576_980_377_600L)]
    public void AClockThatJumpsOrWrapsGoesOn(long ticks)
    {
        var bytes = new PcrFile { Jump = (1_003, ticks), FirstPcr = TsClock.PcrModulus - 20_000_000 }.Bytes();
        Write(bytes, new Random(5));
        var records = Records();
        Assert.Equal(Imported(bytes), records);
        Assert.All(records.Zip(records.Skip(1)), pair => Assert.InRange(pair.Second.DeliveryNs - pair.First.DeliveryNs, 6_900_000, 7_100_000));
    }

    [Fact]
    public void ComesBackToTheByteWithDirtAnywhere()
    {
        for (var seed = 1; seed <= 30; seed++)
        {
            var bytes = Dirty(new PcrFile { Packets = 700 }.Bytes(seed), new Random(seed));
            Write(bytes, new Random(seed));
            Assert.True(bytes.AsSpan().SequenceEqual(Content()), $"seed {seed}");
            Assert.All(Payloads(), payload => Assert.True(TsDatagram.TryParse(payload, out _), $"seed {seed}: a record that is no transport packets"));
            Directory.Delete(Folder, recursive: true);
        }
    }

    /// <summary>As after kill -9: nothing is said, and the next process goes on where the first was.</summary>
    [Fact]
    public void GoesOnAfterAnyEndAsIfThereHadBeenNone()
    {
        for (var seed = 1; seed <= 40; seed++)
        {
            var random = new Random(seed);
            var bytes = seed % 2 == 0 ? new PcrFile().Bytes(seed) : Dirty(new PcrFile().Bytes(seed), random);
            long taken = 0;
            for (var ends = 0; ends < 4; ends++)
            {
                using var writer = Open();
                Assert.True(writer.Taken <= taken, $"seed {seed}: what was never sent is there");
                taken = Feed(writer, bytes.AsSpan((int)writer.Taken, random.Next(bytes.Length - (int)writer.Taken)), random);
                if (ends % 2 == 0)
                    Assert.Equal(AssetWrite.Ok, writer.Flush(SystemClock.Now));
            }
            using (var last = Open())
            {
                Feed(last, bytes.AsSpan((int)last.Taken), random);
                Assert.Equal(AssetWrite.Ok, last.Finish(SystemClock.Now));
                Assert.Equal(PcrFile.Sha256(bytes), Convert.ToHexString(last.Sha256()));
            }
            Assert.True(bytes.AsSpan().SequenceEqual(Content()), $"seed {seed}");
            var ended = Records();
            Directory.Delete(Folder, recursive: true);
            Write(bytes, random);
            Assert.Equal(Records(), ended);
            Directory.Delete(Folder, recursive: true);
        }
    }

    [Fact]
    public void WhatWasParkedIsNotAskedForAgain()
    {
        var bytes = new PcrFile().Bytes();
        using (var writer = Open())
        {
            Feed(writer, bytes.AsSpan(0, 100_001), new Random(1));
            Assert.Equal(AssetWrite.Ok, writer.Park(SystemClock.Now));
            Assert.True(writer.Kept < 100_001, "nothing waited for its time, so this shows nothing");
        }
        using var next = Open();
        Assert.Equal(100_001, next.Taken);
    }

    [Fact]
    public void IsReadByACursorWhileItIsWritten()
    {
        var bytes = new PcrFile().Bytes();
        using var writer = Open();
        Feed(writer, bytes.AsSpan(0, bytes.Length / 2), new Random(1));
        writer.Flush(SystemClock.Now);
        using var cursor = new StoreCursor(writer.Store);
        Assert.True(cursor.TrySeek(0, atAccessPoint: true));
        var (before, _) = ReadOn(cursor);
        Assert.InRange(before, 130, 143);
        Feed(writer, bytes.AsSpan(bytes.Length / 2), new Random(1));
        writer.Finish(SystemClock.Now);
        var (rest, last) = ReadOn(cursor);
        Assert.Equal((286 - before, 285UL), (rest, last));
    }

    [Theory]
    [InlineData("ftyp", "MP4")]
    [InlineData("pcapng", "pcapng")]
    [InlineData("noise", "no MPEG-TS packets")]
    [InlineData("no clock", "clock references")]
    [InlineData("short", "no MPEG-TS packets")]
    public void SaysWhyAFileCanBeNoAsset(string kind, string expected)
    {
        var noise = new byte[3 << 20];
        new Random(3).NextBytes(noise);
        var bytes = kind switch
        {
            "ftyp" => [0, 0, 0, 24, .. "ftypisom"u8, .. noise],
            "pcapng" => [0x0a, 0x0d, 0x0d, 0x0a, .. noise],
            "no clock" => new PcrFile { PcrEvery = 100_000, Packets = 100_000 }.Bytes(),
            "short" => [0x47, 1, 2],
            _ => noise,
        };
        using var writer = Open();
        var said = writer.Take(bytes);
        said = said == AssetWrite.Ok ? writer.Finish(SystemClock.Now) : said;
        Assert.Equal(AssetWrite.Malformed, said);
        Assert.Contains(expected, writer.Wrong, StringComparison.Ordinal);
    }

    [Fact]
    public void AFullDiskKeepsTheBeginningAndItGoesOnLater()
    {
        using var disk = new SmallDisk("400k");
        using var store = disk.Store();
        var bytes = new PcrFile().Bytes();
        long taken;
        using (var writer = Open(store))
        {
            while (writer.Taken < bytes.Length && writer.Take(bytes.AsSpan((int)writer.Taken, 1_880)) == AssetWrite.Ok) { }
            Assert.Equal(AssetWrite.DiskFailed, writer.Take([]));
            Assert.Contains("full", writer.Wrong, StringComparison.Ordinal);
        }
        SmallDisk.Run("mount", "-o", "remount,size=4m", Path.GetDirectoryName(store.Path)!);
        using (var writer = Open(store))
        {
            taken = writer.Taken;
            Feed(writer, bytes.AsSpan((int)taken), new Random(1));
            Assert.Equal(AssetWrite.Ok, writer.Finish(SystemClock.Now));
            Assert.Equal(PcrFile.Sha256(bytes), Convert.ToHexString(writer.Sha256()));
        }
        Assert.InRange(taken, 100_000, 350_000);
    }

    private string Folder => Path.Combine(_store.Path, Name);

    private AssetWriter Open(TempStore? store = null)
    {
        var options = (store?.Options ?? Options) with { KeepsAll = true };
        // A process that some other test starts has our descriptors, and so our locks, from its fork to its exec.
        AssetWriter? writer = null;
        StoreProblem problem = default;
        var isOpen = SpinWait.SpinUntil(
            () => AssetWriter.TryOpen(options, Name, default, false, out writer, out problem) || problem.Kind != StoreProblemKind.Locked, 10_000);
        Assert.True(isOpen && writer is not null, problem.Message);
        return writer;
    }

    private void Write(byte[] bytes, Random random)
    {
        using var writer = Open();
        Feed(writer, bytes, random);
        Assert.Equal(AssetWrite.Ok, writer.Finish(SystemClock.Now));
        Assert.Equal(bytes.Length, writer.Kept);
    }

    private static long Feed(AssetWriter writer, ReadOnlySpan<byte> bytes, Random random)
    {
        while (!bytes.IsEmpty)
        {
            var piece = bytes[..Math.Min(bytes.Length, random.Next(4) == 0 ? random.Next(1, 20) : random.Next(1, 60_000))];
            Assert.Equal(AssetWrite.Ok, writer.Take(piece));
            bytes = bytes[piece.Length..];
        }
        return writer.Taken;
    }

    private byte[] Content()
    {
        using var content = new AssetContent(Folder);
        using var all = new MemoryStream();
        while (content.TryNext(out var piece))
            all.Write(piece);
        return all.ToArray();
    }

    private List<RecordMeta> Records() => Records(Folder);

    private static List<RecordMeta> Records(string folder)
    {
        var records = new List<RecordMeta>();
        using var reader = new ChannelReader(folder);
        while (reader.TryNext(out var record))
            records.Add(record.Meta);
        return records;
    }

    private List<byte[]> Payloads()
    {
        var payloads = new List<byte[]>();
        using var reader = new ChannelReader(Folder);
        while (reader.TryNext(out var record))
            payloads.Add(record.Payload.ToArray());
        return payloads;
    }

    private List<RecordMeta> Imported(byte[] bytes)
    {
        Assert.True(TsTimeline.TryRead(new MemoryStream(bytes), _ => { }, out var timeline, out var wrong), wrong);
        using (var store = _store.Open(channel: "imported"))
            TsImport.Run(store, new MemoryStream(bytes), timeline, 0, _ => { }, CancellationToken.None);
        // The monotonic label of an import says when it was made.
        return [.. Records(Path.Combine(_store.Path, "imported")).Select(meta => meta with { DeliveryNs = meta.DeliveryWallNs })];
    }

    private static (int Records, ulong Last) ReadOn(StoreCursor cursor)
    {
        var (count, last) = (0, 0UL);
        for (; cursor.TryNext(out StoredRecord record) == CursorStatus.Record; count++)
            last = record.Meta.FeedSequence;
        return (count, last);
    }

    private static byte[] Dirty(byte[] clean, Random random)
    {
        using var file = new MemoryStream();
        for (var at = 0; at < clean.Length;)
        {
            var stretch = Math.Min(clean.Length - at, TsPacket.Size * random.Next(1, 200) + (random.Next(4) == 0 ? random.Next(188) : 0));
            file.Write(clean, at, stretch);
            at += stretch;
            var dirt = new byte[random.Next(300)];
            random.NextBytes(dirt);
            file.Write(dirt);
        }
        return file.ToArray();
    }
}
