using Sluice.Control.Configuration;

namespace Sluice.Tests.Control.Configuration;

/// <summary>The key "loop" of an output, in a file and as the API takes it.</summary>
public class LoopConfigTests
{
    [Theory]
    [InlineData("""{ "from": "now-10m", "to": "now", "times": 3 }""", "now-600s to now, 3 times")]
    [InlineData("""{ "from": "now-600", "times": "forever" }""", "now-600s to now, for ever")]
    [InlineData("""{ "from": "now-2h", "to": "now-90s", "times": 1 }""", "now-7200s to now-90s, once")]
    [InlineData("""{ "from": "2026-11-26T12:00:00Z", "to": "2026-11-26T13:00:00.5+01:00" }""", "2026-11-26T12:00:00Z to 2026-11-26T12:00:00.5Z, for ever")]
    [InlineData("\"10min\"", "now-600s to now, for ever")]
    [InlineData("\"forever\"", "the beginning to now, for ever")]
    [InlineData("""{ "times": 20 }""", "the beginning to now, 20 times")]
    public void SaysWhatIsRepeated(string loop, string expected)
    {
        var (output, mistakes) = Parse($$"""{ "to": "rtp://127.0.0.1:6000", "loop": {{loop}} }""");
        Assert.Empty(mistakes);
        Assert.Equal(expected, output!.Loop!.ToString());
    }

    [Fact]
    public void StandsInAUrlToo()
    {
        var (output, _) = Parse("\"rtp://127.0.0.1:6000?loop=30s\"");
        Assert.Equal(new LoopConfig(new LoopTime(true, 30_000_000_000), new LoopTime(true, 0), 0), output!.Loop);
    }

    [Theory]
    [InlineData("""{ "from": "yesterday" }""", "\"yesterday\" is no time")]
    [InlineData("""{ "from": "now-" }""", "\"now-\" is no time")]
    [InlineData("""{ "from": "now-1m", "to": "now-2m" }""", "it ends before it begins")]
    [InlineData("""{ "from": "now" }""", "it ends before it begins")]
    [InlineData("""{ "from": "2026-11-26T12:00:00Z", "to": "2026-11-26T12:00:00Z" }""", "it ends before it begins")]
    [InlineData("""{ "from": "now-1m", "times": 0 }""", "0 is out of range")]
    [InlineData("""{ "from": "now-1m", "times": "often" }""", "\"often\" is no number of turns")]
    [InlineData("""{ "from": "now-1m", "time": 3 }""", "unknown key \"time\"")]
    [InlineData("\"soon\"", "\"soon\" says not what is repeated")]
    [InlineData("3", "says not what is repeated")]
    public void TellsWhatIsWrong(string loop, string expected)
    {
        var (output, mistakes) = Parse($$"""{ "to": "rtp://127.0.0.1:6000", "loop": {{loop}} }""");
        Assert.Null(output);
        Assert.Contains(mistakes, mistake => mistake.Message.Contains(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("\"offset\": \"5s\"", "what is repeated is not offset")]
    [InlineData("\"start\": \"instant\"", "what is repeated begins at its own beginning")]
    [InlineData("\"tsPackets\": 5", "what is packed anew for an output is not kept")]
    public void DoesNotGoWithWhatContradictsIt(string beside, string expected)
    {
        var (_, mistakes) = Parse($$"""{ "to": "rtp://127.0.0.1:6000", "loop": "30s", {{beside}} }""");
        Assert.Contains(mistakes, mistake => mistake.Message.EndsWith(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "true", "the channel is to be kept, and there is no store")]
    [InlineData("", "false", "an output repeats what is kept, and the channel is not kept")]
    [InlineData("""
        "store": { "path": "/tmp/x" },
        """, """{ "window": "20s" }""", "an output repeats the last 30s, and the channel is kept for 20s")]
    [InlineData("""
        "store": { "path": "/tmp/x" },
        """, """{ "window": "40s" }""", null)]
    public void NeedsAStoreThatHoldsSoMuch(string root, string keep, string? expected)
    {
        var text = $$"""
            { {{root}} "channels": { "a": { "sources": [ "rtp://@:1" ], "store": {{keep}}, "outputs": [ "rtp://127.0.0.1:6000?loop=30s" ] } } }
            """;
        var result = ConfigParser.Parse(text);
        Assert.Equal(expected is null, result.IsValid);
        var mistakes = string.Join('\n', result.Mistakes);
        Assert.True(expected is null || mistakes.Contains(expected, StringComparison.Ordinal), mistakes);
    }

    [Theory]
    [InlineData("""{ "path": "/tmp/x", "size": "8GiB" }""", 2L << 30)]
    [InlineData("""{ "path": "/tmp/x", "size": "8GiB", "loops": "1GiB" }""", 1L << 30)]
    [InlineData("""{ "path": "/tmp/x", "loops": "0" }""", 0)]
    public void AStoreSaysHowMuchLoopsMayKeep(string store, long expected) => Assert.Equal(expected,
        ConfigParser.Parse($$"""{ "store": {{store}}, "channels": { "a": { "sources": [ "rtp://@:1" ] } } }""").Config!.Store!.LoopBytes);

    private static (OutputConfig? Output, IReadOnlyList<ConfigMistake> Mistakes) Parse(string text) =>
        ConfigParser.ParseOutput(System.Text.Encoding.UTF8.GetBytes(text), 2_000_000_000);
}
