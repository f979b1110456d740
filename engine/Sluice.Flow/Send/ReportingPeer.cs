namespace Sluice.Flow;

/// <summary>
/// Who reports on a client and how often it may: the far end is its address (checked by who calls) and the SSRC of its first
/// report (reliability.md X6). Used by one thread: the send thread for UDP, the connection's task for framed clients.
/// </summary>
internal sealed class ReportingPeer
{
    /// <summary>Compounds a second: X6. A well-behaved receiver sends one in five seconds (RFC 3550 §6.2).</summary>
    public const int CompoundsPerSecondMax = 50;

    /// <summary>Of one that may also ask for lost packets: a NACK for every few losses (RFC 4585 §3.5.2, early feedback).</summary>
    public const int FeedbackPerSecondMax = 500;

    /// <summary>A peer that was silent this long may report under a new SSRC (it collided, RFC 3550 §8.2, or was started anew).</summary>
    private const long RebindAfterNs = 10_000_000_000;
    private const long SecondNs = 1_000_000_000;

    private uint _ssrc;
    private bool _isBound;
    private long _heardNs;
    private long _windowNs = long.MinValue / 2;
    private int _inWindow;

    /// <summary>Smoothed size of the session's compounds with UDP and IP headers (RFC 3550 §6.3.3); begins with ours.</summary>
    public double AverageBytes { get; private set; }

    /// <summary>Whether one more compound is within the rate that this client has.</summary>
    public bool TryAdmit(long nowNs, int perSecondMax)
    {
        if (nowNs - _windowNs >= SecondNs)
            (_windowNs, _inWindow) = (nowNs, 0);
        return _inWindow++ < perSecondMax;
    }

    /// <summary>A report under this SSRC: the first one binds; another's does not count while the bound one is heard.</summary>
    public bool Takes(uint ssrc, long nowNs)
    {
        if (!_isBound || nowNs - _heardNs > RebindAfterNs)
            (_ssrc, _isBound) = (ssrc, true);
        if (_ssrc != ssrc)
            return false;
        _heardNs = nowNs;
        return true;
    }

    public bool IsBoundTo(uint ssrc) => _isBound && _ssrc == ssrc;

    /// <summary>A compound of the session went by, in or out.</summary>
    public void Observe(int bytes) => AverageBytes = AverageBytes == 0 ? bytes : bytes / 16.0 + AverageBytes * 15 / 16;
}
