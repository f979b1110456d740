using System.Diagnostics;
using System.Globalization;

namespace Sluice.Sim;

/// <summary>`sluice-sim --seed N [--seconds S]`: one world again, with what happened in it. `seeds FROM COUNT`: many.</summary>
internal static class ReplaySeed
{
    public static int Usage()
    {
        Console.WriteLine("""
            sluice-sim --seed N [--seconds S]   replay one seed
            sluice-sim seeds FROM COUNT         run many seeds
            sluice-sim hour [--clients N] [--rate R] [--quantum-us Q] [--seconds S]   speed run
            """);
        return 2;
    }

    public static int Run(string[] args)
    {
        if (!Options.TryNumber(args, "--seed", -1, out var seed) || seed < 0 || !Options.TryNumber(args, "--seconds", 10, out var seconds))
            return Usage();
        using var world = World.FromSeed((ulong)seed, (int)seconds);
        Console.WriteLine(world.Plan);
        var clock = Stopwatch.StartNew();
        try
        {
            world.Run();
        }
        catch (BrokenPromiseException violation)
        {
            Console.WriteLine($"BROKEN {violation.Message}");
            Summary.Print(world, clock.Elapsed.TotalSeconds);
            return 1;
        }
        Summary.Print(world, clock.Elapsed.TotalSeconds);
        return 0;
    }

    public static int RunMany(string[] args)
    {
        if (args.Length < 2)
            return Usage();
        var clock = Stopwatch.StartNew();
        var (from, count, failed) = (ulong.Parse(args[0], CultureInfo.InvariantCulture), ulong.Parse(args[1], CultureInfo.InvariantCulture), 0);
        for (var seed = from; seed < from + count; seed++)
        {
            using var world = World.FromSeed(seed);
            try
            {
                world.Run();
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                failed++;
                Console.WriteLine($"{(fault is BrokenPromiseException ? "" : fault.ToString())}{world.Plan}\n  BROKEN {fault.Message}");
            }
        }
        Console.WriteLine($"{count} seeds, {failed} broken, {clock.Elapsed.TotalSeconds:F1} s");
        return failed == 0 ? 0 : 1;
    }
}
