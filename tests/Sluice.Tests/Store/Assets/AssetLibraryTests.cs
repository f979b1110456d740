using Sluice.Linux;
using Sluice.Store;

namespace Sluice.Tests.Store.Assets;

/// <summary>Which assets there are, who may write which, and what becomes of those that are played when they go.</summary>
public sealed class AssetLibraryTests : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("sluice-assets-").FullName;
    private readonly byte[] _file = new PcrFile { Packets = 500 }.Bytes();

    public void Dispose() => Directory.Delete(_path, recursive: true);

    [Fact]
    public void OneWritesAndTheNextHasToWait()
    {
        var library = Open();
        var asset = Begin(library, "clip");
        Assert.Equal(AssetRefusal.Busy, library.TryBegin(Wish("CLIP"), out _));
        Assert.False(library.TryDelete("clip"));
        AssetLibrary.End(asset, isKeptOpen: true);
        Assert.Equal(AssetRefusal.None, library.TryBegin(Wish("clip"), out var same));
        Assert.Same(asset, same);
        Write(library, same);
        Assert.Equal(AssetRefusal.Exists, library.TryBegin(Wish("clip"), out _));
        Assert.Same(asset, library.TryFind("Clip"));
    }

    [Fact]
    public void WhatIsThereIsFoundAgainAndPlayed()
    {
        Write(Open(), null);
        var asset = Open().TryFind("clip")!;
        Assert.Equal((AssetState.Complete, _file.Length), (asset.State, asset.Bytes));
        Assert.True(asset.DurationNs > 0 && asset.Media == StoredMedia.MpegTs);
        Assert.True(asset.TryOpenLog(out var log, out _));
        using (log)
        using (var cursor = new StoreCursor(log.Store))
        {
            Assert.Equal(1, asset.Players);
            Assert.True(cursor.TrySeek(0, atAccessPoint: false));
            Assert.Equal(CursorStatus.Record, cursor.TryNext(out _));
        }
        Assert.Equal(0, asset.Players);
    }

    [Fact]
    public void WhatIsPlayedStaysReadableWhenItIsDeleted()
    {
        var library = Open();
        Write(library, null);
        var asset = library.TryFind("clip")!;
        Assert.True(asset.TryOpenLog(out var log, out _));
        using var cursor = new StoreCursor(log.Store);
        Assert.True(cursor.TrySeek(0, atAccessPoint: false));
        Assert.Equal(CursorStatus.Record, cursor.TryNext(out _));
        Assert.True(library.TryDelete("clip"));
        Assert.True(asset.IsDeleted && library.TryFind("clip") is null && !Directory.Exists(asset.DirectoryPath));
        Assert.Equal(CursorStatus.Record, cursor.TryNext(out _));
        Assert.False(asset.TryOpenLog(out _, out _));
        log.Dispose();
    }

    [Theory, InlineData("a.ts"), InlineData(".a"), InlineData(".."), InlineData("a/b"), InlineData(""), InlineData("a b"), InlineData("x.M3U8")]
    public void SomeNamesAreNone(string name) => Assert.Equal(AssetRefusal.BadName, Open().TryBegin(Wish(name), out _));

    [Fact]
    public void LimitsAreKeptBeforeAndWhileItComes()
    {
        var library = Open(new AssetOptions { Path = _path, BytesMax = 40 << 20, AssetBytesMax = 10 << 20 });
        Assert.Equal(AssetRefusal.TooLarge, library.TryBegin(Wish("a") with { Length = 11 << 20 }, out _));
        var first = Begin(library, "a");
        Assert.Equal(AssetRefusal.TooLarge, library.MayGrow(first, 11 << 20));
        Assert.Equal(AssetRefusal.None, library.MayGrow(first, 1 << 20));
        Begin(library, "b");
        Assert.Equal(AssetRefusal.Full, library.TryBegin(Wish("c"), out _));
    }

    [Fact]
    public void WhatNobodyGoesOnWithGoes()
    {
        var library = Open(new AssetOptions { Path = _path, KeepIncompleteNs = 1_000_000_000 });
        AssetLibrary.End(Begin(library, "clip"), isKeptOpen: true);
        Assert.Empty(library.Sweep(SystemClock.Now, openNs: 500_000_000));
        Assert.Equal(["clip"], library.Sweep(SystemClock.Now + 2_000_000_000, openNs: 500_000_000));
        Assert.Empty(Open().All);
    }

    [Fact]
    public void ADirectoryThatIsNoAssetIsLeftAlone()
    {
        Directory.CreateDirectory(Path.Combine(_path, "news"));
        File.WriteAllText(Path.Combine(_path, "news", "0000000000000001.seg"), "somebody's");
        Assert.Empty(Open().All);
        Assert.True(File.Exists(Path.Combine(_path, "news", "0000000000000001.seg")));
    }

    private AssetLibrary Open(AssetOptions? options = null)
    {
        var library = new AssetLibrary(options ?? new AssetOptions { Path = _path });
        Assert.Null(library.Open());
        return library;
    }

    private static AssetMeta Wish(string name) => new() { Name = name };

    private static Asset Begin(AssetLibrary library, string name)
    {
        Assert.Equal(AssetRefusal.None, library.TryBegin(Wish(name), out var asset));
        return asset;
    }

    private void Write(AssetLibrary library, Asset? begun)
    {
        var asset = begun ?? Begin(library, "clip");
        AssetWriter writer = null!;
        Assert.True(SpinWait.SpinUntil(() => library.Open(asset, out writer) is null, 10_000));
        Assert.Equal(AssetWrite.Ok, writer.Take(_file));
        Assert.Equal(AssetWrite.Ok, writer.Finish(SystemClock.Now));
        asset.Note(writer);
        Assert.Equal(0, AssetLibrary.Complete(asset, asset.Meta with { Length = writer.Taken, DurationNs = writer.DurationNs, Media = writer.MediaNow }));
        AssetLibrary.End(asset, isKeptOpen: false);
    }
}
