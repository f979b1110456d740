using System.Diagnostics;

namespace Sluice.Scenarios.Runner;

/// <summary>An RTP sender in a process of its own (<c>Native/source.c</c>), on the other core.</summary>
internal sealed class Source : IDisposable
{
    public const ushort Port = 9_000;

    private readonly Process _process;

    public Source(RunOptions options, StreamShape flow) =>
        _process = options.Native.Start("source.c", Port, flow.PacketsPerSecond, StreamShape.PayloadBytes, flow.Burst, options.OtherCore);

    /// <summary>One whose first packet is due so long past a multiple of a period.</summary>
    public Source(RunOptions options, StreamShape flow, long periodNs, long phaseNs) =>
        _process = options.Native.Start(
            "source.c", Port, flow.PacketsPerSecond, StreamShape.PayloadBytes, flow.Burst, options.OtherCore, periodNs, phaseNs);

    /// <summary>Ends it; gives how many packets it has sent.</summary>
    public long Stop()
    {
        Processes.Terminate(_process);
        var sent = Native.Numbers(_process.StandardOutput.ReadToEnd())[0];
        _process.WaitForExit();
        return sent;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
