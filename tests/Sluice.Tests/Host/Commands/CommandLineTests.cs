using System.Text;
using Sluice.Host;
using Sluice.Tests.Control.Configuration;
using Sluice.Tests.Kit;

namespace Sluice.Tests.Host.Commands;

public sealed class CommandLineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-cli-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task HelpShowsVerbsExamplesAndExitCodes()
    {
        var (code, output, error) = await RunAsync("--help");

        Assert.Equal((ExitCode.Ok, ""), (code, error));
        Assert.All(["sluice run FILE", "sluice check FILE", "sluice demo", "sluice schema", "Examples:", "Exit codes:", "vlc rtsp://"], s => Assert.Contains(s, output));
    }

    [Theory]
    [InlineData("run")]
    [InlineData("check")]
    [InlineData("demo")]
    [InlineData("schema")]
    [InlineData("store")]
    [InlineData("asset")]
    public async Task EveryVerbExplainsItself(string verb)
    {
        var (code, output, _) = await RunAsync(verb, "--help");

        Assert.Equal(ExitCode.Ok, code);
        Assert.Matches($"Usage:\n.* {verb} ", output);
    }

    [Fact]
    public async Task VersionIsOneLine()
    {
        var (code, output, _) = await RunAsync("--version");

        Assert.Equal(ExitCode.Ok, code);
        Assert.Matches(@"^\d+\.\d+\.\d+\S*\n$", output);
    }

    [Theory]
    [InlineData("fly")]
    [InlineData("run")]
    [InlineData("demo", "--clients", "-1")]
    [InlineData("demo", "--port", "http")]
    [InlineData("demo", "--listen", "everywhere")]
    [InlineData("check", "a", "b")]
    public async Task AWrongCommandLineIsTwoAndPointsToHelp(params string[] arguments)
    {
        var (code, output, error) = await RunAsync(arguments);

        Assert.Equal((ExitCode.Usage, ""), (code, output));
        Assert.Contains("sluice --help", error);
    }

    [Fact]
    public async Task NoCommandIsTwoAndShowsHelp()
    {
        var (code, _, error) = await RunAsync();

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("Usage:", error);
    }

    [Fact]
    public async Task CheckSaysWhatItUnderstood()
    {
        var (code, output, error) = await RunAsync("check", WriteSample("b0b-word\r\nmore\n"));

        Assert.Equal((ExitCode.Ok, ""), (code, error));
        Assert.Contains("sluice.json: correct\n", output);
        Assert.Contains("  channel   news\n", output);
        Assert.Contains("  user      bob@example.com, password in ", output);
        Assert.DoesNotContain("b0b-word", output);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("run")]
    public async Task EachMistakeHasItsPlaceAndTheCodeIsTwo(string verb)
    {
        var file = Write("{\n  \"channels\": {\n    \"a\": { \"sources\": [ \"rtp://@:5004\" ], \"quantam\": 0, \"reorder\": 5 } } }");

        var (code, output, error) = await RunAsync(verb, file);

        Assert.Equal((ExitCode.Usage, ""), (code, output));
        Assert.Equal($"""
            {file}:3:43: channels.a has an unknown key "quantam"; expected "quantum", perhaps
            {file}:3:68: channels.a.reorder: 5 is not a duration; expected a duration such as "500ms", "1.5s", "250us" or "0"
            2 mistakes

            """.ReplaceLineEndings("\n"), error);
    }

    [Fact]
    public async Task AMissingFileIsTwoInOneLine()
    {
        var (code, _, error) = await RunAsync("check", Path.Combine(_folder, "none.json"));

        Assert.Equal(ExitCode.Usage, code);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task SchemaIsTheShippedFile()
    {
        var (code, output, _) = await RunAsync("schema");

        Assert.Equal(ExitCode.Ok, code);
        Assert.Equal(Encoding.UTF8.GetString(Sluice.Host.Resources.Schema), output);
    }

    [Theory]
    [InlineData(null, "cannot read the file")]
    [InlineData("\nsecond", "no password in its first line")]
    [InlineData("too\u0001strange", "no password in its first line")]
    public async Task APasswordFileWithoutAPasswordIsTwoInOneLine(string? text, string mention)
    {
        var (code, output, error) = await RunAsync("check", WriteSample(text));

        Assert.Equal((ExitCode.Usage, ""), (code, output));
        Assert.Contains("users.bob@example.com.passwordFile: ", error);
        Assert.Contains(mention, Assert.Single(error.TrimEnd().Split('\n')));
        Assert.DoesNotContain("strange", error);
    }

    [Theory]
    [InlineData("/none/cert.pem", "cannot read /none/cert.pem")]
    [InlineData("/etc/hostname", "hold no certificate")]
    public async Task ACertificateThatCannotBeUsedIsTwoInOneLine(string path, string mention)
    {
        var file = Write($$"""{ "rtsps": { "certificate": "{{path}}" }, "channels": { "a": { "sources": [ "rtp://@:5004" ] } } }""");

        var (code, output, error) = await RunAsync("check", file);

        Assert.Equal((ExitCode.Usage, ""), (code, output));
        Assert.Contains(mention, Assert.Single(error.TrimEnd().Split('\n')));
    }

    /// <summary>The full sample with its password file beside it.</summary>
    private string WriteSample(string? password)
    {
        var secret = Path.Combine(_folder, "bob");
        if (password is not null)
            File.WriteAllText(secret, password);
        var (certificate, key) = TestCertificate.Write(_folder, "box");
        return Write(SampleConfig.Full.Replace("/etc/sluice/bob", secret, StringComparison.Ordinal)
            .Replace("/etc/sluice/fullchain.pem", certificate, StringComparison.Ordinal)
            .Replace("/etc/sluice/privkey.pem", key, StringComparison.Ordinal));
    }

    private string Write(string text)
    {
        var file = Path.Combine(_folder, "sluice.json");
        File.WriteAllText(file, text);
        return file;
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var code = await Sluice.Host.Program.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
