using System.Collections.Concurrent;
using System.Diagnostics;

namespace Sluice.Tests.Kit.Processes;

/// <summary>
/// One program that a test starts: its own process group, its output in memory, always reaped. Disposing kills the
/// group; so does the end of the test host, so that a broken run leaves nothing behind.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<int, ChildProcess> s_alive = new();
    private readonly Process _process;
    private readonly Task _ended;
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    static ChildProcess() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (var groupId in s_alive.Keys) Signals.SendToGroup(groupId, Signals.Kill);
    };

    private ChildProcess(ProcessStartInfo start, string name, Action<OutputLine>? onLine)
    {
        Name = name;
        if (onLine is not null) Output.Line += onLine;
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{name} did not start.");
        Pid = _process.Id;
        s_alive[Pid] = this;
        _ended = Task.WhenAll(
            PumpAsync(_process.StandardOutput, isError: false), PumpAsync(_process.StandardError, isError: true), _process.WaitForExitAsync());
    }

    public string Name { get; }
    public int Pid { get; }
    public LineLog Output { get; } = new();
    public bool HasExited => _process.HasExited;
    public StreamWriter Input => _process.StandardInput;

    /// <summary>Starts <paramref name="program"/> in a process group of its own (setsid execs in place, so the pid is the program's).</summary>
    /// <param name="onLine">Sees every line of both streams, one at a time; for counters.</param>
    /// <param name="unprivileged">Run as nobody with a home of its own: VLC refuses root. Ignored when the tests are not root.</param>
    public static ChildProcess Start(
        string program, IEnumerable<string> arguments, Action<OutputLine>? onLine = null,
        IEnumerable<KeyValuePair<string, string>>? environment = null, bool unprivileged = false)
    {
        var start = new ProcessStartInfo("setsid")
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
            UseShellExecute = false, WorkingDirectory = TestFolder.Root,
        };
        if (unprivileged && Environment.IsPrivilegedProcess) DropPrivileges(start);
        start.ArgumentList.Add(Executable.Find(program));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (key, value) in environment ?? []) start.Environment[key] = value;
        return new ChildProcess(start, Path.GetFileName(program), onLine);
    }

    /// <summary>Waits for a line; fails with the tail of the output when it does not come or the child ends first.</summary>
    public async Task<OutputLine> WaitForLineAsync(string what, Func<string, bool> wanted, TimeSpan bound)
    {
        var line = Output.FirstAsync(wanted);
        var first = await Task.WhenAny(line, _ended, Task.Delay(bound)).ConfigureAwait(false);
        if (line.IsCompletedSuccessfully) return await line.ConfigureAwait(false);
        throw new ChildProcessException(this, first == _ended ? $"ended before it printed {what}" : $"printed no {what} within {bound.TotalSeconds:0.#} s");
    }

    /// <summary>Waits for the end and returns the exit code (128 + n after signal n).</summary>
    public async Task<int> WaitForExitAsync(TimeSpan bound)
    {
        if (await Task.WhenAny(_ended, Task.Delay(bound)).ConfigureAwait(false) != _ended)
            throw new ChildProcessException(this, $"did not end within {bound.TotalSeconds:0.#} s");
        s_alive.TryRemove(Pid, out _);
        return _process.ExitCode;
    }

    /// <summary>Signals, then waits for the end within the bound.</summary>
    public Task<int> StopAsync(int signal, TimeSpan bound)
    {
        Signal(signal);
        return WaitForExitAsync(bound);
    }

    public void Signal(int signal)
    {
        if (!_process.HasExited) Signals.Send(Pid, signal);
    }

    public async ValueTask DisposeAsync()
    {
        Signals.SendToGroup(Pid, Signals.Kill);
        if (!_process.HasExited) Signals.Send(Pid, Signals.Kill);   // it may not have its group yet
        // A grandchild that left the group may still hold the pipes: reap the child itself, wait only a little for the rest.
        await _process.WaitForExitAsync(new CancellationTokenSource(5000).Token).ConfigureAwait(false);
        await Task.WhenAny(_ended, Task.Delay(1000)).ConfigureAwait(false);
        s_alive.TryRemove(Pid, out _);
        _process.Dispose();
    }

    private static void DropPrivileges(ProcessStartInfo start)
    {
        var home = TestFolder.Create("home", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute);
        foreach (var argument in (string[])["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]) start.ArgumentList.Add(argument);
        start.Environment["HOME"] = start.Environment["XDG_RUNTIME_DIR"] = start.Environment["XDG_CONFIG_HOME"] = home;
    }

    private async Task PumpAsync(StreamReader reader, bool isError)
    {
        while (await reader.ReadLineAsync().ConfigureAwait(false) is { } text) Output.Add(new OutputLine(_clock.Elapsed, isError, text));
    }
}
