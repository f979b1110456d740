namespace Sluice.Flow;

/// <summary>What the engine spends CPU on: exactness of departures, or rest.</summary>
public enum EngineProfile
{
    /// <summary>Spins on its cores: departures exact to a tick of 65 µs.</summary>
    Precise,

    /// <summary>Sleeps to the next departure with 1 ns of timer slack; ticks of 0.5 ms.</summary>
    Balanced,

    /// <summary>Wakes at most every millisecond, with the kernel's ordinary timer slack.</summary>
    Eco,
}

/// <summary>What a profile means in numbers.</summary>
/// <param name="TickShift">A wheel tick is 2^TickShift ns.</param>
/// <param name="LightShift">A send loop with little to do wakes only at multiples of 2^LightShift ns.</param>
/// <param name="Spins">Never sleeps.</param>
/// <param name="TimerSlackNs">prctl(2) PR_SET_TIMERSLACK: how late the kernel may wake us to save a wake-up.</param>
/// <param name="SleepMinNs">The least sleep: deadlines nearer than this are waited past.</param>
/// <param name="QuantumNs">
/// The default quantum, whole ticks (of light loops too). At 5 Mbit/s (475 packets/s) 16.8 ms make trains of 8, which halves the CPU of a packet.
/// </param>
/// <param name="Nice">Asked for where it is permitted: departures must not wait behind other programs' work for their turn.</param>
public sealed record IdleStrategy(int TickShift, int LightShift, bool Spins, long TimerSlackNs, long SleepMinNs, long QuantumNs, int Nice)
{
    public static IdleStrategy Of(EngineProfile profile) => profile switch
    {
        EngineProfile.Precise => new(16, 16, true, 1, 0, 1L << 21, -15),
        EngineProfile.Eco => new(20, 20, false, 50_000, 1_000_000, 1L << 25, 0),
        _ => new(19, 20, false, 1, 0, 1L << 24, -15),
    };
}
