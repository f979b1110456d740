namespace Sluice.Tests.Load;

public class CommandLineTests
{
    [Fact]
    public async Task HelpShowsVerbsExamplesAndExitCodes()
    {
        var (code, output, error) = await LoadRun.AnyAsync("--help");
        Assert.Equal((0, ""), (code, error));
        string[] parts = ["sluice-load send TO", "sluice-load receive FROM", "Examples", "Exit codes:"];
        Assert.All(parts, s => Assert.Contains(s, output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("send", "--restart-at")]
    [InlineData("receive", "C_INST")]
    public async Task EveryVerbExplainsItself(string verb, string word)
    {
        var (code, output, _) = await LoadRun.AnyAsync(verb, "--help");
        Assert.Equal(0, code);
        Assert.All((string[])["Examples:", word, "--json"], s => Assert.Contains(s, output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData]
    [InlineData("fly")]
    [InlineData("send")]
    [InlineData("send", "127.0.0.1")]
    [InlineData("send", "news:5004")]
    [InlineData("send", "127.0.0.1:5004", "--rate", "fast")]
    [InlineData("send", "127.0.0.1:5004", "--loss", "120%")]
    [InlineData("send", "127.0.0.1:5004", "--restart-at", "5s,soon")]
    [InlineData("send", "127.0.0.1:5004", "--file", "a", "--pcap", "b")]
    [InlineData("send", "127.0.0.1:65000", "--streams", "1000")]
    [InlineData("receive", "0")]
    [InlineData("receive", "6000", "--clients", "10001")]
    [InlineData("receive", "60000", "--clients", "10000")]
    [InlineData("receive", "6000", "--p999", "-1ms")]
    [InlineData("receive", "6000", "--source", "nowhere")]
    [InlineData("receive", "rtsp://")]
    public async Task AWrongCommandLineIsTwoAndPointsToHelp(params string[] arguments)
    {
        var (code, output, error) = await LoadRun.AnyAsync(arguments);
        Assert.Equal((2, ""), (code, output));
        Assert.Contains("sluice-load", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--file", "/nowhere/clip.ts")]
    [InlineData("--pcap", "/proc/version")]
    [InlineData("--iface", "nowhere0")]
    public async Task WhatCannotBeUsedIsOneAndIsTold(string option, string value)
    {
        var (code, _, error) = await LoadRun.AnyAsync("send", "127.0.0.1:5004", option, value);
        Assert.Equal(1, code);
        Assert.Contains(value, error, StringComparison.Ordinal);
    }
}
