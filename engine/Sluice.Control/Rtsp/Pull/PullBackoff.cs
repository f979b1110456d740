namespace Sluice.Control.Rtsp.Pull;

/// <summary>
/// How long to wait before the next connection to a server: doubling from one second to half a minute, each a quarter more or less, so
/// that a hundred pullers do not come back at one instant. A server that refused the password is left alone for a minute, because
/// servers lock out who guesses.
/// </summary>
public sealed class PullBackoff(int seed)
{
    private const long SecondNs = 1_000_000_000;
    private const long FirstNs = SecondNs, LastNs = 30 * SecondNs, RefusedNs = 60 * SecondNs;
    private const double Jitter = 0.25;

    /// <summary>A connection that played for so long was good: what ended it is a new trouble.</summary>
    public const long GoodAfterNs = 10 * SecondNs;

    private readonly Random _random = new(seed);
    private long _nextNs = FirstNs;

    /// <summary>The wait, ns, after a connection that ended.</summary>
    /// <param name="playedNs">How long packets came by it; 0 when none did.</param>
    /// <param name="isRefused">The server did not take the user or the password.</param>
    public long NextNs(long playedNs, bool isRefused)
    {
        if (playedNs >= GoodAfterNs)
            _nextNs = FirstNs;
        var waitNs = isRefused ? RefusedNs : _nextNs;
        _nextNs = Math.Min(2 * _nextNs, LastNs);
        return (long)(waitNs * (1 - Jitter + 2 * Jitter * _random.NextDouble()));
    }
}
