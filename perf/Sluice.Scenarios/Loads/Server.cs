using System.Diagnostics;
using System.Globalization;
using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Loads;

/// <summary>A program that takes RTP on the source's port and sends it to N receivers: ours or a peer, pinned to one core.</summary>
internal sealed class Server : IDisposable
{
    /// <summary>CPU of a tenth of a second; an engine that waits takes less than a hundredth of this.</summary>
    private const long IdleNs = 5_000_000;

    private readonly Process _process;
    private readonly string? _file;
    private volatile string _lastWords = "";

    private Server(RunOptions options, string? file, string program, params string[] arguments)
    {
        var core = options.ServerIsFree ? $"{options.EngineCore},{options.OtherCore}" : options.EngineCore.ToString(CultureInfo.InvariantCulture);
        _file = file;
        // A scenario that is cut short must not leave its server to the next one.
        _process = Process.Start(new ProcessStartInfo(
            "setpriv", ["--pdeathsig", "KILL", "taskset", "-c", core, program, .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        // A full pipe must not stop it; what it said last is told when it is found dead.
        _process.OutputDataReceived += (_, line) => _lastWords = line.Data ?? _lastWords;
        _process.ErrorDataReceived += (_, line) => _lastWords = line.Data ?? _lastWords;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The published server with fixed outputs.</summary>
    public static Server Sluice(RunOptions options, SluiceSettings settings)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, settings.ToJson());
        return new Server(options, file, options.SluicePath, "run", file);
    }

    /// <summary>The usual way to copy a stream to many with GStreamer.</summary>
    public static Server GStreamer(RunOptions options, int clients)
    {
        var list = string.Join(',', Enumerable.Range(0, clients).Select(client => $"127.0.0.1:{Sink.Port(client)}"));
        return new Server(
            options, null, "gst-launch-1.0", "-q", "udpsrc", "address=127.0.0.1", $"port={Source.Port}", "buffer-size=8388608", "!",
            "multiudpsink", "sync=false", "buffer-size=8388608", $"clients={list}");
    }

    public long CpuNs =>
        _process.HasExited ? throw new InvalidOperationException($"the server has ended: {_lastWords}") : Processes.CpuNs(_process.Id);

    /// <summary>
    /// Waits until it listens for the source (proc(5), /proc/net/udp) and has nothing more to do, its thousand outputs made; ten seconds at most.
    /// </summary>
    public void AwaitSource()
    {
        var port = $":{Source.Port:X4} ";
        if (!SpinWait.SpinUntil(() => File.ReadAllText("/proc/net/udp").Contains(port, StringComparison.Ordinal) && IsIdle(), TimeSpan.FromSeconds(10)))
            throw new InvalidOperationException($"the server does not listen: {_lastWords}");
    }

    private bool IsIdle()
    {
        var before = CpuNs;
        Thread.Sleep(100);
        return CpuNs - before < IdleNs;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Processes.Terminate(_process);
        if (!_process.WaitForExit(3_000))
            _process.Kill();
        _process.Dispose();
        if (_file is not null)
            File.Delete(_file);
    }
}
