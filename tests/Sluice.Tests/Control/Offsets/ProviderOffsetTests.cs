using Sluice.Control.Configuration;
using Sluice.Control.Offsets;

namespace Sluice.Tests.Control.Offsets;

public class ProviderOffsetTests
{
    private const long SecondNs = 1_000_000_000;

    public static TheoryData<string, ProviderOffset> Elements => new()
    {
        { "5", new(5 * SecondNs) },
        { " 12.5 ", new(12_500_000_000) },
        { "0", new(0) },
        { "1500ms", new(1_500_000_000) },
        { "12 239.1.1.1:5004", new(12 * SecondNs, "239.1.1.1:5004") },
        { "12 rtp://[ff3e::1]:5004", new(12 * SecondNs, "rtp://[ff3e::1]:5004") },
    };

    [Theory, MemberData(nameof(Elements))]
    public void ReadsAnElement(string text, ProviderOffset expected)
    {
        Assert.True(ProviderOffset.TryParse(text, out var offset));
        Assert.Equal(expected, offset);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("1e3")]
    [InlineData("soon")]
    [InlineData("99999999999999999999999999999999")]
    [InlineData("999999999999")]
    [InlineData("5 a b")]
    [InlineData("5 \u00e9")]
    public void RefusesWhatIsNone(string text) => Assert.False(ProviderOffset.TryParse(text, out _));

    [Fact]
    public void AHeaderHasElementsBetweenCommasAndMayComeTwice()
    {
        Assert.Null(ProviderOffset.Read(["5, 12 239.1.1.1:5004", "20"], out var offsets));
        Assert.Equal([new(5 * SecondNs), new(12 * SecondNs, "239.1.1.1:5004"), new(20 * SecondNs)], offsets);
        Assert.Contains("X-Sluice-Offset is seconds", ProviderOffset.Read(["5,,6"], out _));
        Assert.NotNull(ProviderOffset.Read([string.Join(',', Enumerable.Repeat("5", ProviderOffset.CountMax + 1))], out _));
    }

    private static readonly OutputConfig[] s_outputs =
    [
        new() { To = new(MediaScheme.Rtp, "239.1.1.1", 5004) },
        new() { To = new(MediaScheme.Udp, "239.1.1.2", 5004), OffsetNs = 5 * SecondNs },
        new() { To = new(MediaScheme.Rtp, "ff3e::1", 5004), OffsetNs = 10 * SecondNs },
    ];

    /// <summary>What is provided, what holds for the three outputs, and what people are told.</summary>
    [Theory]
    [InlineData("", "0 5 10", null)]
    [InlineData("7", "0 7 10", null)]
    [InlineData("7,12", "0 7 12", null)]
    [InlineData("0,12", "0 0 12", null)]
    [InlineData("7,12,13", "0 7 12", "more offsets than outputs")]
    [InlineData("7,12 udp://239.1.1.2:5004", "0 12 7", null)]
    [InlineData("3 239.1.1.1:5004", "3 5 10", null)]
    [InlineData("3 [ff3e::1]:5004", "0 5 3", null)]
    [InlineData("3 239.9.9.9:5004", "0 5 10", "no output goes to 239.9.9.9:5004")]
    [InlineData("3 239.1.1.1:5004,4 239.1.1.1:5004", "3 5 10", "or two offsets do")]
    [InlineData("0.5,12", "0 5 12", "too near to now")]
    [InlineData("7,60", "0 7 10", "more than the channel keeps")]
    public void EveryOffsetFindsItsOutput(string provided, string expected, string? mention)
    {
        Assert.Null(ProviderOffset.Read(provided.Length == 0 ? [] : [provided], out var offsets));
        var chosen = OffsetChoice.Choose(s_outputs, offsets, OffsetAuthority.Provider, 60 * SecondNs, out var wrong);
        Assert.Equal(expected, string.Join(' ', chosen.Select(one => one.OffsetNs / SecondNs)));
        Assert.Equal(mention is null, wrong is null);
        Assert.Contains(mention ?? "", wrong ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void WhereTheConfigurationCountsTheProvidersWordIsOnlyShown()
    {
        var chosen = OffsetChoice.Choose(s_outputs, [new(7 * SecondNs)], OffsetAuthority.Config, 0, out _);
        Assert.Equal((5 * SecondNs, 5 * SecondNs, (long?)7 * SecondNs), (chosen[1].OffsetNs, chosen[1].ConfiguredNs, chosen[1].ProvidedNs));
    }
}
