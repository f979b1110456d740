using Sluice.Linux;

namespace Sluice.Host.Live;

/// <summary>
/// Notices that a crowd has left and has what it leaves behind collected, in the background: an engine that then rests would keep it, for
/// nothing that it does makes the collector look. Time is an argument. Housekeeping's task.
/// </summary>
internal sealed class CrowdGone(Action collect)
{
    /// <summary>Fewer than this leave nothing worth the work: some ten kilobytes each.</summary>
    private const int CrowdMin = 500;

    /// <summary>Connections end some seconds after their clients.</summary>
    private const long AfterNs = 10_000_000_000;

    private int _most;
    private long _goneNs;

    /// <summary>Once a second: how many clients there are.</summary>
    public void Look(int clients, MonotonicTime now)
    {
        _most = Math.Max(_most, clients);
        if (_most < CrowdMin || clients > _most / 2)
            _goneNs = 0;
        else if (_goneNs == 0)
            _goneNs = now.Ns;
        else if (now.Ns - _goneNs >= AfterNs)
        {
            (_most, _goneNs) = (clients, 0);
            collect();
        }
    }
}
