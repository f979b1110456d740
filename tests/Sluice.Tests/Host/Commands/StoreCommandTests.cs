using System.Globalization;
using System.Text;
using Sluice.Host;
using Sluice.Store;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Store;

namespace Sluice.Tests.Host.Commands;

/// <summary><c>sluice store</c> with a real encoder's stream.</summary>
public sealed class StoreCommandTests : IDisposable
{
    private const int TsBytes = 188;
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-cli-store-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string StorePath => Path.Combine(_folder, "store");

    [Theory, InlineData(0), InlineData(1_001), InlineData(351)]
    public async Task ImportThenExportIsTheIdentity(int packets)
    {
        var file = await ClipAsync(packets);
        await RunAsync(ExitCode.Ok, "import", "--store", StorePath, "--channel", "film", file);
        await RunAsync(ExitCode.Ok, "export", "--store", StorePath, "--channel", "film", Out("out.ts"));
        Assert.True(File.ReadAllBytes(file).AsSpan().SequenceEqual(File.ReadAllBytes(Out("out.ts"))));
        var verified = await RunAsync(ExitCode.Ok, "verify", "--store", StorePath);
        Assert.Contains("all as they were written", verified);
    }

    [Fact]
    public async Task PartsOfATimeAddUpToTheWhole()
    {
        var file = await ClipAsync(0);
        var at = new DateTimeOffset(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);
        await RunAsync(ExitCode.Ok, "import", "--store", StorePath, "--channel", "film", "--at", Iso(at), file);
        var whole = new MemoryStream();
        for (var i = 0; i < 3; i++)
        {
            await RunAsync(ExitCode.Ok, "export", "--store", StorePath, "--channel", "film", "--from", Iso(at.AddSeconds(20 * i)), "--to",
                Iso(at.AddSeconds(20 * i + (i == 2 ? 100 : 20))), Out($"{i}.ts"));
            whole.Write(File.ReadAllBytes(Out($"{i}.ts")));
            Assert.InRange(new FileInfo(Out($"{i}.ts")).Length, TestClip.BitsPerSecond / 8 * 19, TestClip.BitsPerSecond / 8 * 21);
        }
        Assert.True(File.ReadAllBytes(file).AsSpan().SequenceEqual(whole.ToArray()));
        var listed = await RunAsync(ExitCode.Ok, "ls", "--store", StorePath);
        Assert.Matches(@"film +2026-11-26T12:00:00Z +2026-11-26T12:0[01]:[05][09]Z .* MP2T", listed);
    }

    [Fact]
    public async Task EveryTrackHasALineAndMayBeNamed()
    {
        for (var track = 0; track < 2; track++)
        {
            var options = new StoreOptions { Path = StorePath, Track = track, SegmentBytes = 64 << 10, EpochSalt = 7 };
            Assert.True(ChannelStore.TryOpen(options, "cam", out var store, out _));
            store.SetMedia(new StoredMedia(97, 48_000, track == 0 ? "H264" : "MPEG4-GENERIC"), TempStore.Start);
            TempStore.Write(store, 1, 30 * (track + 1), TempStore.Start);
            store.Close(TempStore.Start);
        }
        var listed = await RunAsync(ExitCode.Ok, "ls", "--store", StorePath);
        Assert.Matches(@"cam +2023.* 30 .*H264\n(.*\n)?cam/track1 +2023.* 60 .*MPEG4-GENERIC", listed);
        var verified = await RunAsync(ExitCode.Ok, "verify", "--store", StorePath, "--channel", "cam");
        Assert.Matches(@"(?s)cam: 1 segments, 30 records.*cam/track1: 1 segments, 60 records", verified);
        Assert.DoesNotContain("cam:", await RunAsync(ExitCode.Ok, "verify", "--store", StorePath, "--channel", "cam/track1"));
        Assert.Contains("only MPEG-TS", await RunAsync(ExitCode.Failed, "export", "--store", StorePath, "--channel", "cam/track1", Out("out.ts")));
        Assert.Contains("no channel", await RunAsync(ExitCode.Failed, "ls", "--store", StorePath, "--channel", "cam/track2"));
    }

    [Fact]
    public async Task ASecondImportFollowsTheFirst()
    {
        var file = await ClipAsync(2_000);
        for (var i = 0; i < 2; i++)
            await RunAsync(ExitCode.Ok, "import", "--store", StorePath, "--channel", "film", file);
        await RunAsync(ExitCode.Ok, "export", "--store", StorePath, "--channel", "film", Out("out.ts"));
        var once = File.ReadAllBytes(file);
        Assert.True(once.Concat(once).SequenceEqual(File.ReadAllBytes(Out("out.ts"))));
        Assert.Contains("must not be before", await RunAsync(ExitCode.Failed, "import", "--store", StorePath, "--channel", "film", "--at", "2h", file));
    }

    [Fact]
    public async Task ImportMarksWhereDecodersMayBegin()
    {
        var file = await ClipAsync(0);
        await RunAsync(ExitCode.Ok, "import", "--store", StorePath, "--channel", "film", file);
        using var reader = new ChannelReader(Path.Combine(StorePath, "film"));
        var (points, firstNs, lastNs) = (0, 0L, 0L);
        while (reader.TryNext(out var record))
        {
            points += (record.Meta.Flags & RecordFlags.RandomAccess) != 0 ? 1 : 0;
            firstNs = firstNs == 0 ? record.Meta.DeliveryWallNs : firstNs;
            Assert.True(record.Meta.DeliveryWallNs >= lastNs, "time goes back");
            lastNs = record.Meta.DeliveryWallNs;
        }
        Assert.InRange(points, TestClip.Seconds / TestClip.GopSeconds - 1, TestClip.Seconds / TestClip.GopSeconds + 1);
        Assert.InRange((lastNs - firstNs) / 1e9, TestClip.Seconds - 0.5, TestClip.Seconds + 0.5);
    }

    [Fact]
    public async Task WhatIsBeingWrittenIsExportedAndNotImportedTo()
    {
        var options = new StoreOptions { Path = StorePath, SegmentBytes = 64 << 10, StageBytes = 64 << 10 };
        Assert.True(ChannelStore.TryOpen(options, "live", out var store, out _));
        using (store)
        {
            TempStore.Write(store, 0, 500, TempStore.Start);
            await RunAsync(ExitCode.Ok, "export", "--store", StorePath, "--channel", "live", Out("live.ts"));
            Assert.True(TempStore.Indexes(0, 500).SelectMany(TempStore.PayloadOf).SequenceEqual(File.ReadAllBytes(Out("live.ts"))));
            var refused = await RunAsync(ExitCode.Failed, "import", "--store", StorePath, "--channel", "live", await ClipAsync(100));
            Assert.Contains("another process is writing here", refused);
            await RunAsync(ExitCode.Ok, "verify", "--store", StorePath);
        }
    }

    [Fact]
    public async Task AHarmedRecordIsNamedAndNotExported()
    {
        await RunAsync(ExitCode.Ok, "import", "--store", StorePath, "--channel", "film", await ClipAsync(2_000));
        var segment = Directory.GetFiles(Path.Combine(StorePath, "film"), "*.seg")[0];
        var bytes = File.ReadAllBytes(segment);
        bytes[100_000] ^= 1;
        File.WriteAllBytes(segment, bytes);
        Assert.Contains(segment, await RunAsync(ExitCode.Failed, "verify", "--store", StorePath));
        Assert.Contains("1 segments are harmed", await RunAsync(ExitCode.Failed, "export", "--store", StorePath, "--channel", "film", Out("out.ts")));
        Assert.InRange(new FileInfo(Out("out.ts")).Length, 80_000, 100_000);
    }

    [Fact]
    public async Task WhatIsNoMpegTsIsRefusedAndSaidWhy()
    {
        var clip = File.ReadAllBytes(await ClipAsync(200));
        (byte[] Bytes, string Why)[] cases =
        [
            (clip[..^50], "ends within a packet"), (Encoding.ASCII.GetBytes(new string('x', 2_000)), "sync byte is missing"), ([], "no clock references"),
            ([.. clip[..TsBytes], .. new byte[TsBytes]], "at byte 188"),
        ];
        foreach (var (bytes, why) in cases)
        {
            File.WriteAllBytes(Out("bad.ts"), bytes);
            Assert.Contains(why, await RunAsync(ExitCode.Failed, "import", "--store", StorePath, "--channel", "film", Out("bad.ts")));
            Assert.False(Directory.Exists(StorePath));
        }
    }

    [Fact]
    public async Task OtherMediaThanMpegTsIsNotPutEndToEnd()
    {
        Assert.True(ChannelStore.TryOpen(new StoreOptions { Path = StorePath }, "cam", out var store, out _));
        store.SetMedia(new StoredMedia(96, 90_000, "H264"), TempStore.Start);
        TempStore.Write(store, 0, 10, TempStore.Start);
        store.Close(TempStore.Start);
        Assert.Contains("H264", await RunAsync(ExitCode.Failed, "export", "--store", StorePath, "--channel", "cam", Out("cam.ts")));
        Assert.False(File.Exists(Out("cam.ts")));
    }

    [Theory]
    [InlineData(ExitCode.Usage, "which store", "ls")]
    [InlineData(ExitCode.Failed, "no store in", "ls", "--store", "/nowhere")]
    [InlineData(ExitCode.Failed, "no store in", "verify", "--store", "/nowhere")]
    [InlineData(ExitCode.Usage, "--from needs a date", "export", "--store", "/x", "--channel", "a", "--from", "yesterday", "o.ts")]
    [InlineData(ExitCode.Usage, "--channel", "export", "--store", "/x", "o.ts")]
    [InlineData(ExitCode.Failed, "cannot read", "import", "--store", "/x", "--channel", "a", "/nowhere.ts")]
    public async Task WrongOrdersAreSaidSo(int code, string why, params string[] arguments) => Assert.Contains(why, await RunAsync(code, arguments));

    [Fact]
    public async Task AnExistingFileIsReplacedOnlyByForce()
    {
        await RunAsync(ExitCode.Ok, "import", "--store", StorePath, "--channel", "film", await ClipAsync(100));
        File.WriteAllText(Out("mine.ts"), "mine");
        await RunAsync(ExitCode.Usage, "export", "--store", StorePath, "--channel", "film", Out("mine.ts"));
        Assert.Equal("mine", File.ReadAllText(Out("mine.ts")));
        await RunAsync(ExitCode.Ok, "export", "--store", StorePath, "--channel", "film", "--force", Out("mine.ts"));
        Assert.Equal(100 * TsBytes, new FileInfo(Out("mine.ts")).Length);
    }

    private string Out(string name) => Path.Combine(_folder, name);

    private static string Iso(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    // All of the clip, or its first packets.
    private async Task<string> ClipAsync(int packets)
    {
        var clip = await TestClip.PathAsync();
        if (packets == 0)
            return clip;
        await File.WriteAllBytesAsync(Out("clip.ts"), (await File.ReadAllBytesAsync(clip))[..(packets * TsBytes)]);
        return Out("clip.ts");
    }

    private static async Task<string> RunAsync(int code, params string[] arguments)
    {
        StringWriter output = new(), error = new();
        var got = await Sluice.Host.Program.RunAsync(["store", .. arguments], output, error);
        Assert.True(code == got, $"{string.Join(' ', arguments)} gave {got}: {output}{error}");
        return output.ToString() + error;
    }
}
