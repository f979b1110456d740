using System.Globalization;
using Sluice.Tests.Kit.Rtp;

namespace Sluice.Tests.EndToEnd;

/// <summary>Who used the processors until now, in seconds (proc(5), ticks of 10 ms): the machine, the engine, this receiver, everybody else.</summary>
internal sealed record ProcessorTime(
    double Idle, double Stolen, double SoftIrq, double Programs, double Engine, double EngineSend, double Tests, double Receiver)
{
    private const double TicksPerSecond = 100;

    /// <summary>Programs that have nothing to do with the test.</summary>
    public double Others => Math.Max(0, Programs - Engine - Tests);

    public static ProcessorTime Now(int enginePid)
    {
        // cpu  user nice system idle iowait irq softirq steal …
        var cpu = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..].Select(Seconds).ToArray();
        return new ProcessorTime(cpu[3] + cpu[4], cpu[7], cpu[6], cpu[0] + cpu[1] + cpu[2], OfStat($"/proc/{enginePid}/stat"),
            OfThread(enginePid, "send"), OfStat("/proc/self/stat"), OfThread(Environment.ProcessId, MassReceiver.ThreadName));
    }

    public ProcessorTime Since(ProcessorTime before) => new(Idle - before.Idle, Stolen - before.Stolen, SoftIrq - before.SoftIrq,
        Programs - before.Programs, Engine - before.Engine, EngineSend - before.EngineSend, Tests - before.Tests, Receiver - before.Receiver);

    /// <summary>In cores, over so many seconds.</summary>
    public string Over(double seconds) => string.Create(CultureInfo.InvariantCulture,
        $"of {Environment.ProcessorCount} cores: engine {Engine / seconds:0.00} (send {EngineSend / seconds:0.00}), " +
        $"tests {Tests / seconds:0.00} (receiver {Receiver / seconds:0.00}), others {Others / seconds:0.00}, " +
        $"softirq {SoftIrq / seconds:0.00}, stolen {Stolen / seconds:0.00}, idle {Idle / seconds:0.00}");

    private static double OfThread(int pid, string name) => Directory.EnumerateDirectories($"/proc/{pid}/task")
        .Where(task => File.ReadAllText($"{task}/comm").Trim() == name).Sum(task => OfStat($"{task}/stat"));

    // The name in parentheses may hold spaces; behind it utime and stime are the 12th and 13th field.
    private static double OfStat(string path)
    {
        var fields = File.ReadAllText(path).Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return Seconds(fields[11]) + Seconds(fields[12]);
    }

    private static double Seconds(string ticks) => long.Parse(ticks, CultureInfo.InvariantCulture) / TicksPerSecond;
}
