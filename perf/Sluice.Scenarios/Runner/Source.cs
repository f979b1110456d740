using System.Diagnostics;

namespace Sluice.Scenarios.Runner;

/// <summary>An RTP sender in a process of its own (<c>Native/source.c</c>), on the other core.</summary>
internal sealed class Source : IDisposable
{
    public const ushort Port = 9_000;

    private readonly Process _process;

    public Source(RunOptions options, StreamShape flow, ushort port = Port) =>
        _process = options.Native.Start("source.c", port, flow.PacketsPerSecond, StreamShape.PayloadBytes, flow.Burst, options.OtherCore);

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
