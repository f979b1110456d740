using Sluice.Control.Assets;

namespace Sluice.Tests.Control.Assets;

public class AssetTimeTests
{
    [Theory]
    [InlineData("now", 1_000_000_000_000L), InlineData("now-60s", 940_000_000_000L), InlineData("now+1min", 1_060_000_000_000L)]
    [InlineData("1970-01-01T00:00:05Z", 5_000_000_000L), InlineData("1970-01-01T01:00:00.25+01:00", 250_000_000L)]
    public void IsReadAsPeopleWriteIt(string text, long ns)
    {
        Assert.True(AssetTime.TryParse(text, 1_000_000_000_000, out var read));
        Assert.Equal(ns, read);
    }

    [Theory, InlineData(""), InlineData("now-"), InlineData("now60s")]
    [InlineData("now-60"), InlineData("today"), InlineData("2026-11-26"), InlineData("nowhere")]
    public void RefusesTheRest(string text) => Assert.False(AssetTime.TryParse(text, 0, out _));
}
