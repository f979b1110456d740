using Sluice.Linux;

namespace Sluice.Control.Links;

/// <summary>
/// Which network devices came back and need their memberships again: those that are new (a device that is made anew has another index
/// under its old name), that run again after they did not, or that got an address. Decides a moment after the last event, because
/// those of one return come in a row. No socket, no clock. One thread.
/// </summary>
public sealed class LinkBook
{
    /// <summary>Quiet after the last event, and the longest that a row of events can put the decision off.</summary>
    public const long SettleNs = 50_000_000, SettleMaxNs = 300_000_000;

    private readonly Dictionary<uint, (string Name, bool IsRunning)> _devices = [];
    private readonly HashSet<string> _returned = [];
    private long _firstNs;
    private bool _isListed;

    /// <summary>When <see cref="TryTake"/> will have something to say.</summary>
    public long DueNs { get; private set; } = long.MaxValue;

    /// <summary>Devices that run now, by name.</summary>
    public IEnumerable<string> Running => _devices.Values.Where(device => device.IsRunning).Select(device => device.Name);

    public void OnEvent(in LinkEvent link, long nowNs)
    {
        switch (link.Kind)
        {
            case LinkEventKind.Listed:
                _isListed = true;
                break;
            case LinkEventKind.Present:
                OnPresent(link, nowNs);
                break;
            case LinkEventKind.Gone:
                _devices.Remove(link.Index);
                break;
            case LinkEventKind.AddressAdded when _devices.TryGetValue(link.Index, out var device) && device.IsRunning:
                Return(device.Name, nowNs);
                break;
            case LinkEventKind.Unknown:
                foreach (var name in Running)
                    Return(name, nowNs);
                break;
        }
    }

    /// <summary>The devices that came back, when their return has settled.</summary>
    public bool TryTake(long nowNs, out IReadOnlySet<string> returned)
    {
        returned = _returned;
        if (nowNs < DueNs)
            return false;
        returned = _returned.ToHashSet();
        _returned.Clear();
        DueNs = long.MaxValue;
        return true;
    }

    private void OnPresent(in LinkEvent link, long nowNs)
    {
        var before = _devices.GetValueOrDefault(link.Index);
        _devices[link.Index] = (link.Name, link.IsRunning);
        if (link.IsRunning && (!before.IsRunning || before.Name != link.Name))
            Return(link.Name, nowNs);
    }

    // What the kernel lists at the beginning has been there all the time.
    private void Return(string name, long nowNs)
    {
        if (!_isListed)
            return;
        if (_returned.Count == 0)
            _firstNs = nowNs;
        _returned.Add(name);
        DueNs = Math.Min(nowNs + SettleNs, _firstNs + SettleMaxNs);
    }
}
