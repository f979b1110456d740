using System.Globalization;
using Sluice.Load.Reporting;
using Sluice.Tests.Kit;

namespace Sluice.Tests.Load;

/// <summary>The program as its users run it, in this process: one verb with its arguments.</summary>
internal sealed class LoadRun : IDisposable
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(30);
    private readonly StringWriter _output = new(CultureInfo.InvariantCulture);
    private readonly StringWriter _error = new(CultureInfo.InvariantCulture);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task<int> _run;

    private LoadRun(string[] arguments) =>
        _run = Task.Run(() => global::Sluice.Load.Program.RunAsync(arguments, _output, TextWriter.Synchronized(_error), _stop.Token));

    /// <summary>Starts a receiver and waits until it listens.</summary>
    public static async Task<LoadRun> ReceiverAsync(params string[] arguments)
    {
        var run = new LoadRun(["receive", .. arguments, "--json", "-"]);
        await Eventually.TrueAsync("sockets of the receiver", s_bound,
            () => run._run.IsCompleted || run.Error.Contains("sluice-load:", StringComparison.Ordinal));
        return run;
    }

    public static async Task<(int Code, LoadReport Report)> SendAsync(params string[] arguments) =>
        await new LoadRun(["send", .. arguments, "--json", "-"]).EndAsync();

    public static async Task<(int Code, string Output, string Error)> AnyAsync(params string[] arguments)
    {
        using var run = new LoadRun(arguments);
        var code = await run._run.WaitAsync(s_bound);
        return (code, run._output.ToString(), run.Error);
    }

    public string Error => _error.ToString();

    /// <summary>As Ctrl-C does.</summary>
    public void Stop() => _stop.Cancel();

    public void Dispose()
    {
        _stop.Dispose();
        _output.Dispose();
        _error.Dispose();
    }

    public async Task<(int Code, LoadReport Report)> EndAsync()
    {
        using var _ = this;
        var code = await _run.WaitAsync(s_bound);
        return (code, LoadJson.Parse(_output.ToString()) ?? throw new InvalidDataException(Error));
    }
}
