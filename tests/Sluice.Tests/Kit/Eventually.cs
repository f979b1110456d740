using System.Diagnostics;

namespace Sluice.Tests.Kit;

/// <summary>Waits for a condition instead of sleeping for luck; every wait has a bound and a name.</summary>
internal static class Eventually
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);

    public static Task TrueAsync(string what, TimeSpan bound, Func<bool> condition) =>
        TrueAsync(what, bound, () => Task.FromResult(condition()));

    /// <summary>The same, for what need not happen: says whether it did.</summary>
    public static async Task<bool> HappenedAsync(TimeSpan bound, Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition() && clock.Elapsed < bound) await Task.Delay(s_pause).ConfigureAwait(false);
        return condition();
    }

    /// <summary>Polls until the condition holds; on time-out fails and says what was waited for and what <paramref name="evidence"/> shows.</summary>
    public static async Task TrueAsync(string what, TimeSpan bound, Func<Task<bool>> condition, Func<string>? evidence = null)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition().ConfigureAwait(false))
        {
            if (clock.Elapsed > bound)
                throw new TimeoutException($"Waited {bound.TotalSeconds:0.#} s in vain for: {what}. {evidence?.Invoke()}");
            await Task.Delay(s_pause).ConfigureAwait(false);
        }
    }
}
