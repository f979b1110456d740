using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Sluice.Tests.Kit.Processes;

/// <summary>The published native binary under test: <c>sluice run</c> with a configuration, and its admin API.</summary>
internal sealed class SluiceProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_startMax = TimeSpan.FromSeconds(15), s_stopMax = TimeSpan.FromSeconds(2);
    private readonly HttpClient _http;

    private SluiceProcess(ChildProcess child, int adminPort)
    {
        Child = child;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{adminPort}"), Timeout = TimeSpan.FromSeconds(10) };
    }

    /// <summary>From SLUICE_BIN, or out/sluice in the repository.</summary>
    public static string BinaryPath
    {
        get
        {
            var path = Environment.GetEnvironmentVariable("SLUICE_BIN") is { Length: > 0 } given ? given : Path.Combine(TestFolder.Repository, "out", "sluice");
            return File.Exists(path) ? path : throw new FileNotFoundException(
                $"{path} does not exist. Make it with: dotnet publish engine/Sluice.Host -c Release -o out (or name another binary in SLUICE_BIN).");
        }
    }

    public ChildProcess Child { get; }

    /// <summary>Starts the engine with a configuration text and waits until its admin port says it is healthy.</summary>
    /// <param name="adminPort">The port that the configuration names in <c>admin.listen</c>.</param>
    /// <param name="shellBefore">Shell commands to run in a private mount namespace before the engine takes their place (a full disk).</param>
    public static async Task<SluiceProcess> RunAsync(string configuration, int adminPort, string? shellBefore = null)
    {
        var path = WriteConfiguration(configuration);
        var child = shellBefore is null ? ChildProcess.Start(BinaryPath, ["run", path])
            : ChildProcess.Start("unshare", ["-m", "sh", "-c", $"{shellBefore} && exec \"$0\" run \"$1\"", BinaryPath, path]);
        var sluice = new SluiceProcess(child, adminPort);
        try
        {
            await Eventually.TrueAsync("/health", s_startMax, sluice.IsHealthyAsync, () => sluice.Child.Output.Tail()).ConfigureAwait(false);
            return sluice;
        }
        catch
        {
            await sluice.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Runs the binary to its end with other arguments (<c>check</c>, <c>--version</c>, a configuration it must refuse).</summary>
    public static async Task<(int ExitCode, string Output)> RunToEndAsync(params string[] arguments)
    {
        await using var child = ChildProcess.Start(BinaryPath, arguments);
        var code = await child.WaitForExitAsync(s_startMax).ConfigureAwait(false);
        return (code, child.Output.Tail(200));
    }

    /// <summary>Writes a configuration for the runs that must fail.</summary>
    public static string WriteConfiguration(string text)
    {
        var path = TestFolder.NewFile("sluice.json");
        File.WriteAllText(path, text);
        return path;
    }

    public async Task<JsonNode> GetAsync(string path) =>
        await _http.GetFromJsonAsync<JsonNode>(path).ConfigureAwait(false) ?? throw new InvalidDataException($"GET {path} gave null.");

    public Task<string> GetTextAsync(string path) => _http.GetStringAsync(path);

    /// <summary>One metric without labels.</summary>
    public async Task<double> MetricAsync(string name)
    {
        var text = await GetTextAsync("/metrics").ConfigureAwait(false);
        var line = text.Split('\n').Single(l => l.StartsWith(name + " ", StringComparison.Ordinal));
        return double.Parse(line.AsSpan(name.Length + 1), CultureInfo.InvariantCulture);
    }

    public Task<HttpResponseMessage> PostAsync(string path, JsonNode body) => _http.PostAsJsonAsync(path, body);

    public Task<HttpResponseMessage> DeleteAsync(string path) => _http.DeleteAsync(path);

    /// <summary>SIGTERM; within 2 s the engine must be gone with code 0.</summary>
    public async Task StopCleanlyAsync()
    {
        var code = await Child.StopAsync(Signals.Terminate, s_stopMax).ConfigureAwait(false);
        if (code != 0) throw new ChildProcessException(Child, $"ended with {code} after SIGTERM");
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return Child.DisposeAsync();
    }

    private async Task<bool> IsHealthyAsync()
    {
        if (Child.HasExited) throw new ChildProcessException(Child, "ended during its start");
        try
        {
            using var reply = await _http.GetAsync("/health").ConfigureAwait(false);
            return reply.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
