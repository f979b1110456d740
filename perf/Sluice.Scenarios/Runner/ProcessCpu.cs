namespace Sluice.Scenarios.Runner;

/// <summary>User and system time of this whole process, over packets that left meanwhile.</summary>
internal static class ProcessCpu
{
    public static double PerPacket(Func<long> packets, double seconds)
    {
        var (packetsBefore, cpuBefore) = (packets(), Environment.CpuUsage.TotalTime);
        Thread.Sleep(TimeSpan.FromSeconds(seconds));
        return (Environment.CpuUsage.TotalTime - cpuBefore).TotalNanoseconds / (packets() - packetsBefore);
    }
}
