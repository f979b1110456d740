using Sluice.Store;

namespace Sluice.Tests.Store;

/// <summary>A log for each track of a channel, in one directory and independent of each other.</summary>
public sealed class TrackLogTests : IDisposable
{
    private readonly TempStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void EachTrackHasALogThatIsFoundAgain()
    {
        ChannelStore first = Open(0), second = Open(1);
        TempStore.Write(first, 1, 300, TempStore.Start);
        TempStore.Write(second, 1_000, 40, TempStore.Start);
        Assert.Equal(("news", "news/track1", "news", 1), (first.Log, second.Log, second.Channel, second.Track));
        first.Dispose();
        second.Dispose();

        using (ChannelStore again = Open(0), other = Open(1))
            Assert.True(again.Shown.Count > 0 && other.Shown.Count > 0);
        Assert.Equal(TempStore.Indexes(1, 300), _store.ReadAll());
        Assert.Equal(TempStore.Indexes(1_000, 40), TempStore.ReadAll(Path.Combine(_store.ChannelPath, "track1")));
    }

    [Fact]
    public void OneProcessHasATrackAtATime()
    {
        using var held = Open(1);
        Assert.False(ChannelStore.TryOpen(_store.Options with { Track = 1 }, TempStore.Channel, out _, out var problem));
        Assert.Equal(StoreProblemKind.Locked, problem.Kind);
    }

    [Fact]
    public void ATrackThatFillsItsShareLetsNothingOfTheOthersGo()
    {
        using var first = Open(0);
        using var second = Open(1);
        TempStore.Write(first, 1, 50, TempStore.Start);
        for (var i = 0; i < 20; i++)
        {
            TempStore.Write(second, (ulong)(1 + (i * 100)), 100, TempStore.Start);
            second.Pass(TempStore.Start, 0);
            first.Pass(TempStore.Start, 0);
        }
        Assert.InRange(second.DiskBytes, 1, Limit);
        Assert.DoesNotContain(1ul, TempStore.ReadAll(Path.Combine(_store.ChannelPath, "track1")));
        Assert.Equal(TempStore.Indexes(1, 50), _store.ReadAll());
    }

    [Fact]
    public void PeopleFindAllLogsOfAChannelAndNoOtherChannels()
    {
        Open(0).Dispose();
        Open(1).Dispose();
        Open(2).Dispose();
        _store.Open(channel: "radio").Dispose();
        Directory.CreateDirectory(Path.Combine(_store.ChannelPath, "track9"));
        Assert.Equal(["news", "radio"], StoreInspection.Channels(_store.Path));
        Assert.Equal(["news", "news/track1", "news/track2"], StoreInspection.Logs(_store.Path, "news"));
        Assert.Equal(["radio"], StoreInspection.Logs(_store.Path, "radio"));
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(8)]
    public void SharesAddUpToTheChannelsBytes(int tracks)
    {
        const long bytes = (1L << 31) + 12_345;
        var shares = Enumerable.Range(0, tracks).Select(track => TrackShares.BytesOf(bytes, track, tracks)).ToArray();
        Assert.Equal(bytes, shares.Sum());
        Assert.All(shares[1..], share => Assert.Equal(bytes / 8, share));
        Assert.True(shares[0] >= bytes / 8);
    }

    [Theory, InlineData(2L << 20, 0, 64L << 20), InlineData(2L << 20, 1, 64L << 20), InlineData(1L << 34, 1, 64L << 20), InlineData(100_000_000, 3, 1L << 20)]
    public void ASegmentIsOfPagesAndFitsItsShareTwice(long channelBytes, int track, long wished)
    {
        var share = TrackShares.BytesOf(channelBytes, track, 8);
        var segment = TrackShares.SegmentBytes(share, track, wished);
        Assert.Equal(0, segment % 4_096);
        Assert.InRange(segment, StoreLimits.SegmentBytesMin, Math.Min(wished, share / 2));
    }

    private const long Limit = 4 * (64 << 10);

    private ChannelStore Open(int track) => _store.Open(_store.Options with { Track = track, ChannelBytesMax = Limit });
}
