using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Loads;

/// <summary>
/// A stream and its clients whose departures are due amid two ticks of the engine: delays and the source's spacing are whole ticks, and the source's phase
/// does the rest. Else the rounding of those clients that are due near a tick would flip by a whole one now and then, whatever is measured.
/// </summary>
internal static class AmidTicks
{
    private const long SpacingNs = 1 << 21, TickNs = 1 << 20;
    private const long BufferNs = 200_000_000;      // the channel's default with a media clock
    private const long PhaseNs = SpacingNs - (BufferNs + TickNs / 2) % TickNs;

    // Half a second of ticks in the order of the golden ratio.
    private const int Ticks = 477, TicksStep = 295;

    /// <summary>Of one client.</summary>
    public const double PacketsPerSecond = 1e9 / SpacingNs;

    /// <summary>Packets on their own, paced by the RTP clock.</summary>
    public static SluiceSettings Settings(int clients) =>
        new(clients) { Quantum = "0s", Pace = "rtp", DelayNs = client => client * TicksStep % Ticks * TickNs };

    /// <summary>5 Mbit/s.</summary>
    public static Source Source(RunOptions options) =>
        new(options, new StreamShape(StreamShape.PayloadBytes * 8 * PacketsPerSecond), SpacingNs, PhaseNs);
}
