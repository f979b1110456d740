using Sluice.Flow;
using Sluice.Linux;
using Sluice.Store;
using Sluice.Tests.Store.Assets;

namespace Sluice.Tests.Flow.Replay;

/// <summary>Sources around others say where their records are, as those do, so that a record lies in one slot for all who come to it.</summary>
public sealed class SharedRecordTests : IDisposable
{
    private const ulong Epoch = 7;
    private readonly string _path = Directory.CreateTempSubdirectory("sluice-shared-").FullName;

    public void Dispose() => Directory.Delete(_path, recursive: true);

    [Fact]
    public void WhatWasReadAlreadyIsNoRecordAndTheRestIs()
    {
        var inner = new FakeReplay(0, 1_000_000) { Epoch = Epoch };
        var first = TakenPacket.From(inner)!;
        using var source = new PlacedSource([first], inner);
        Assert.Null(Peek(source));
        Assert.Equal(0ul, Read(source));
        Assert.False(source.TryTell(out _, out _));

        Assert.Equal(new RecordPlace(Epoch, 1), Peek(source));
        Assert.Equal(1ul, Read(source));
        Assert.True(source.TryTell(out var told, out var meta));
        Assert.Equal(new RecordPlace(Epoch, 1), told);

        Assert.Equal(ReplayStatus.Packet, source.Take(meta with { FeedSequence = 2 }, HandDriven.PayloadBytes, out var taken));
        Assert.Equal((2ul, 2, 3), (taken.Sequence, inner.Reads, inner.Next));
    }

    [Fact]
    public void PlayersOfAnAssetComeToTheSameRecordsUntilItIsDeleted()
    {
        var library = new AssetLibrary(new AssetOptions { Path = _path });
        Assert.Null(library.Open());
        var asset = Written(library);
        using AssetReplaySource one = Open(asset), other = Open(asset);
        Assert.NotNull(one.Cursor);
        for (var i = 0; i < 20; i++)
        {
            var place = Peek(one);
            Assert.NotNull(place);
            Assert.Equal(place, Peek(other));
            Assert.Equal(ReplayStatus.Packet, one.TryNext(out var read, out var payload));
            Assert.True(one.TryTell(out var told, out var meta));
            Assert.Equal(place, told);
            Assert.Equal(ReplayStatus.Packet, other.Take(in meta, payload.Length, out var taken));
            Assert.Equal(read, taken);
        }
        Assert.True(library.TryDelete("clip"));
        Assert.Null(Peek(one));
        Assert.Equal(ReplayStatus.Ended, one.TryNext(out _, out _));
    }

    private static RecordPlace? Peek(ReplaySource source) => source.TryPeekPlace(out var place) ? place : null;

    private static ulong Read(ReplaySource source)
    {
        Assert.Equal(ReplayStatus.Packet, source.TryNext(out var packet, out _));
        return packet.Sequence;
    }

    private static AssetReplaySource Open(Asset asset)
    {
        Assert.True(asset.TryOpenLog(out var log, out _));
        var cursor = StoreReplaySource.CursorAt(log.Store, asset.BeginWallNs, atAccessPoint: false);
        return new AssetReplaySource(log, new StoreReplaySource(log.Store, cursor, AssetReplaySource.WallMinusMonotonicNs));
    }

    private static Asset Written(AssetLibrary library)
    {
        Assert.Equal(AssetRefusal.None, library.TryBegin(new AssetMeta { Name = "clip" }, out var asset));
        AssetWriter writer = null!;
        Assert.True(SpinWait.SpinUntil(() => library.Open(asset, out writer) is null, 10_000));
        Assert.Equal(AssetWrite.Ok, writer.Take(new PcrFile { Packets = 500 }.Bytes()));
        Assert.Equal(AssetWrite.Ok, writer.Finish(SystemClock.Now));
        asset.Note(writer);
        Assert.Equal(0, AssetLibrary.Complete(asset, asset.Meta with { Length = writer.Taken, DurationNs = writer.DurationNs, Media = writer.MediaNow }));
        AssetLibrary.End(asset, isKeptOpen: false);
        return asset;
    }
}
