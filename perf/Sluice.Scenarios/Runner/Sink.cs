using System.Diagnostics;

namespace Sluice.Scenarios.Runner;

/// <summary>What has come in so far.</summary>
internal readonly record struct Received(long Packets, long Bytes, long Drops, long BusyNs);

/// <summary>N receivers in a process of their own (<c>Native/sink.c</c>).</summary>
internal sealed class Sink : IDisposable
{
    public const int FirstPort = 10_000;

    private readonly Process _process;

    /// <param name="options">Where to sit.</param>
    /// <param name="ports">How many: 10000, 10002, …</param>
    /// <param name="mode">d drains, i never reads, s drains and stamps, g drains with UDP_GRO, l drains and keeps how late packets are.</param>
    public Sink(RunOptions options, int ports, char mode)
    {
        Ports = ports;
        _process = options.Native.Start("sink.c", FirstPort, ports, options.OtherCore, mode);
        if (_process.StandardOutput.ReadLine() != "ready")
            throw new InvalidOperationException("the receivers did not come up: is a port from 10000 on taken, or the limit of open files too low?");
    }

    public int Ports { get; }

    public static ushort Port(int client) => (ushort)(FirstPort + 2 * client);

    public void Reset() => Ask("reset");

    public Received Get()
    {
        var numbers = Native.Numbers(Ask("get"));
        return new Received(numbers[0], numbers[1], numbers[2], numbers[3]);
    }

    /// <summary>Waits until nothing more comes in, a second at most.</summary>
    public Received Settle()
    {
        var before = Get();
        for (var tries = 0; tries < 10; tries++)
        {
            Thread.Sleep(100);
            var after = Get();
            if (after.Packets == before.Packets)
                break;
            before = after;
        }
        return before;
    }

    /// <summary>Packets of each millisecond since the first, by kernel receive timestamps.</summary>
    public long[] Windows() => Native.Numbers(Ask("windows"));

    /// <summary>How late packets were beyond the least of their port, ns: p50, p99, p99.9, and how many packets (mode l).</summary>
    public long[] Errors() => Native.Numbers(Ask("errors"));

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private string Ask(string question)
    {
        _process.StandardInput.WriteLine(question);
        _process.StandardInput.Flush();
        return _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the receivers have gone");
    }
}
