using Microsoft.AspNetCore.WebUtilities;
using Sluice.Control.Playback;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Tests.Control.Playback;

public class TimeWishTests
{
    private const long SecondNs = 1_000_000_000, NoonNs = 1_795_694_400 * SecondNs, MinuteNs = 60 * SecondNs;

    private static string? Read(string text, out TimeWish wish)
    {
        var query = QueryHelpers.ParseQuery(text);
        return TimeWish.Read(name => query.TryGetValue(name, out var value) ? value.ToString() : null, out wish);
    }

    public static TheoryData<string, TimeWish> Queries => new()
    {
        { "", default },
        { "?token=secret&utc=&lutc=", default },               // what players send for now
        { "?offset=0", new(0) },
        { "?offset=60", new(MinuteNs) },
        { "?offset=60s", new(MinuteNs) },
        { "?offset=5m", new(5 * MinuteNs) },
        { "?offset=1.5h", new(90 * MinuteNs) },
        { "?start=1795694400&end=1795698000", new(null, NoonNs, NoonNs + (60 * MinuteNs)) },
        { "?start=1795694400.5", new(null, NoonNs + (SecondNs / 2)) },
        { "?start=1795694400&duration=600", new(null, NoonNs, NoonNs + (10 * MinuteNs)) },
        { "?start=2026-11-26T12:00:00Z", new(null, NoonNs) },
        { "?start=2026-11-26T12:00:00", new(null, NoonNs) },   // without a zone it is UTC
        { "?start=2026-11-26T13:00:00%2B01:00", new(null, NoonNs) },
        { "?start=2026-11-26T13:00:00+01:00", new(null, NoonNs) },
        { "?start=2026-11-26T12:00:00.25Z", new(null, NoonNs + (SecondNs / 4)) },
        { "?start=20261126T120000Z&end=20261126T120100Z", new(null, NoonNs, NoonNs + MinuteNs) },
        { "?start=20261126120000&end=20261126120100", new(null, NoonNs, NoonNs + MinuteNs) },
        { "?utc=1795694400&lutc=1795701000", new(null, NoonNs) },
        { "?utc=1795694400&utcend=1795694460&lutc=1795701000", new(null, NoonNs, NoonNs + MinuteNs) },
    };

    [Theory, MemberData(nameof(Queries))]
    public void ReadsWhatPlayersWrite(string query, TimeWish expected)
    {
        Assert.Null(Read(query, out var wish));
        Assert.Equal(expected, wish);
    }

    [Theory]
    [InlineData("?offset=-5")]
    [InlineData("?offset=later")]
    [InlineData("?offset=999999999999")]
    [InlineData("?offset=5&start=1795694400")]
    [InlineData("?start=${start}&end=${end}")]
    [InlineData("?start=yesterday")]
    [InlineData("?start=-1")]
    [InlineData("?start=1e9")]
    [InlineData("?start=2026-13-26T12:00:00Z")]
    [InlineData("?start=1795694400&utc=1795694400")]
    [InlineData("?start=1795694400&end=1795694460&duration=5")]
    [InlineData("?start=1795694400&duration=x")]
    [InlineData("?end=1795694400")]
    [InlineData("?start=99999999999999999999")]
    public void SaysWhatItCannotRead(string query) => Assert.NotNull(Read(query, out _));

    public static TheoryData<string, TimeWish> Paths => new()
    {
        { "mpegts", default },
        { "timeshift_abs-1795694400.ts", new(null, NoonNs) },
        { "timeshift_rel-60.ts", new(MinuteNs) },
        { "archive-1795694400-600.ts", new(null, NoonNs, NoonNs + (10 * MinuteNs)) },
    };

    [Theory, MemberData(nameof(Paths))]
    public void ReadsFlussonicsPaths(string last, TimeWish expected)
    {
        Assert.True(TimeWish.TryReadPath(last, out var wish));
        Assert.Equal(expected, wish);
    }

    [Theory]
    [InlineData("")]
    [InlineData("index.m3u8")]
    [InlineData("timeshift_abs.ts")]
    [InlineData("timeshift_abs-x.ts")]
    [InlineData("archive-1795694400.ts")]
    [InlineData("archive-1795694400--5.ts")]
    public void OtherPathsAreNone(string last) => Assert.False(TimeWish.TryReadPath(last, out _));

    [Fact]
    public void AsksAsAPlayWould()
    {
        var span = new MediaSpan(RangeUnit.Clock, NoonNs - (600 * SecondNs), NoonNs);
        Assert.Equal(RangeHeader.Live, default(TimeWish).Ask(span).Range);
        Assert.Equal("clock=20261126T115900Z-", new TimeWish(MinuteNs).Ask(span).Range.ToString());
        Assert.Equal("clock=20261126T120000Z-20261126T120100Z", new TimeWish(null, NoonNs, NoonNs + MinuteNs).Ask(span).Range.ToString());
        var asset = new MediaSpan(RangeUnit.Npt, 0, 600 * SecondNs, IsGrowing: false);
        Assert.Null(default(TimeWish).Ask(asset).Range);
        Assert.Equal("npt=90-100", new TimeWish(null, 90 * SecondNs, 100 * SecondNs).Ask(asset).Range.ToString());
    }
}
