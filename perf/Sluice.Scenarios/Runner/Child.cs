using System.Diagnostics;
using System.Globalization;
using Sluice.Scenarios.Loads;

namespace Sluice.Scenarios.Runner;

/// <summary>This executable once more, for what must be measured in a fresh process.</summary>
internal static class Child
{
    /// <summary>Starts a child and gives the numbers that it printed.</summary>
    public static long[] Ask(string what, int argument)
    {
        using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["child", what, argument.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
        })!;
        var line = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return Native.Numbers(line);
    }

    public static int Run(string[] arguments)
    {
        if (arguments is not ["memory", var clients])
            return 2;
        Memory(int.Parse(clients, CultureInfo.InvariantCulture));
        return 0;
    }

    // Prints: managed bytes of the clients, resident bytes of the process with its stream running.
    private static void Memory(int clients)
    {
        using var engine = new VirtualEngine(new RigPlan(clients, new StreamShape(5e6)), withClients: false);
        engine.RunFor(100_000_000);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        engine.Rig.AddClients();
        engine.RunFor(1_000_000_000);
        var after = GC.GetTotalMemory(forceFullCollection: true);
        Console.WriteLine($"{after - before} {MachineFacts.ResidentBytes()}");
    }
}
