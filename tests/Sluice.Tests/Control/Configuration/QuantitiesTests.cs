using FsCheck;
using FsCheck.Fluent;
using Sluice.Control.Configuration;

namespace Sluice.Tests.Control.Configuration;

public sealed class QuantitiesTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    [InlineData("500ms", 500_000_000)]
    [InlineData("1.5s", 1_500_000_000)]
    [InlineData("250us", 250_000)]
    [InlineData("7ns", 7)]
    [InlineData("2min", 120_000_000_000)]
    [InlineData("1h", 3_600_000_000_000)]
    public void ReadsDurations(string text, long ns)
    {
        Assert.True(Quantities.TryParseDuration(text, out var read));
        Assert.Equal(ns, read);
    }

    [Theory]
    [InlineData("20GiB", 20L << 30)]
    [InlineData("64MiB", 64L << 20)]
    [InlineData("500MB", 500_000_000)]
    [InlineData("1.5KiB", 1536)]
    [InlineData("12B", 12)]
    [InlineData("0", 0)]
    public void ReadsSizes(string text, long bytes)
    {
        Assert.True(Quantities.TryParseSize(text, out var read));
        Assert.Equal(bytes, read);
    }

    [Theory]
    [InlineData("8Mbit/s", 8_000_000, "8Mbit/s")]
    [InlineData("2.5Mbit/s", 2_500_000, "2500kbit/s")]
    [InlineData("640kbit/s", 640_000, "640kbit/s")]
    [InlineData("38014706bit/s", 38_014_706, "38014706bit/s")]
    public void ReadsAndWritesRates(string text, long bitsPerSecond, string written)
    {
        Assert.True(Quantities.TryParseRate(text, out var read));
        Assert.Equal((bitsPerSecond, written), (read, Quantities.FormatRate(read)));
    }

    [Theory, InlineData("8"), InlineData("8M"), InlineData("8 Mbit/s"), InlineData("8Mbps"), InlineData("8MB/s"), InlineData("-1bit/s")]
    public void RefusesWhatIsNoRate(string text) => Assert.False(Quantities.TryParseRate(text, out _));

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("ms")]
    [InlineData("-5ms")]
    [InlineData("+5ms")]
    [InlineData(" 5ms")]
    [InlineData("5 ms")]
    [InlineData(".5s")]
    [InlineData("5MS")]
    [InlineData("1e3ms")]
    [InlineData("1,5s")]
    [InlineData("99999999999999999999h")]
    [InlineData("5seconds")]
    public void RefusesWhatIsNoDuration(string text) => Assert.False(Quantities.TryParseDuration(text, out _));

    [Theory]
    [InlineData("20")]
    [InlineData("20Gib")]
    [InlineData("20G")]
    [InlineData("9999999999TiB")]
    public void RefusesWhatIsNoSize(string text) => Assert.False(Quantities.TryParseSize(text, out _));

    [Fact]
    public void WritesWhatItReads() => Prop.ForAll(ArbMap.Default.ArbFor<NonNegativeInt>(), n =>
        Quantities.TryParseDuration(Quantities.FormatDuration(n.Get * 1000L), out var ns) && ns == n.Get * 1000L
        && Quantities.TryParseSize(Quantities.FormatSize(n.Get), out var bytes) && bytes == n.Get).QuickCheckThrowOnFailure();
}
