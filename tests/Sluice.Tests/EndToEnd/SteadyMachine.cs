using System.Globalization;
using Sluice.Tests.Kit;
using Xunit.Sdk;

namespace Sluice.Tests.EndToEnd;

/// <summary>For tests that demand that nothing is lost, on a machine that others use as well.</summary>
internal static class SteadyMachine
{
    private const int RunsMax = 4;

    /// <summary>
    /// Runs a test. One that fails is run again only when the machine itself stood still meanwhile (<see cref="StallWatch"/>): a fault on a
    /// machine that did its work is the engine's, at once.
    /// </summary>
    public static async Task RunAsync(Func<StallWatch, Task> test)
    {
        for (var run = 1; ; run++)
        {
            using var stalls = new StallWatch();
            try
            {
                await test(stalls).ConfigureAwait(false);
                return;
            }
            catch (XunitException fault) when (run < RunsMax && stalls.Stalled > TimeSpan.Zero)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"run {run} failed while the machine stood still for {stalls.Stalled.TotalMilliseconds:0} ms: {fault.Message}"));
            }
        }
    }
}
