using System.Net;
using Sluice.Linux;

namespace Sluice.Control.Access;

/// <summary>
/// Shuts an address prefix out after repeated wrong passwords. Bounded: when the table is full the oldest entry is forgotten, so an
/// attacker with many prefixes gains tries and costs no memory. A right password forgives nothing: it may be the attacker's own.
/// Any control thread; takes a lock.
/// </summary>
internal sealed class FailureLock
{
    /// <summary>Ten tries are a person who mistypes; a minute for each further ten makes guessing hopeless.</summary>
    public const int FailuresMax = 10;
    public const long WindowNs = 60_000_000_000;
    public const int PrefixesMax = 4096;

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, (MonotonicTime Since, int Failures)> _failures = [];

    public int Count
    {
        get
        {
            lock (_lock)
                return _failures.Count;
        }
    }

    public bool IsLocked(IPAddress peer, MonotonicTime now)
    {
        lock (_lock)
            return _failures.TryGetValue(AddressPrefix.Of(peer), out var entry) && entry.Failures >= FailuresMax && now - entry.Since < WindowNs;
    }

    public void OnFailure(IPAddress peer, MonotonicTime now)
    {
        var prefix = AddressPrefix.Of(peer);
        lock (_lock)
        {
            var known = _failures.TryGetValue(prefix, out var entry) && now - entry.Since < WindowNs;
            if (!known && _failures.Count >= PrefixesMax)
                _failures.Remove(_failures.MinBy(one => one.Value.Since.Ns).Key);
            // The lock runs from the failure that closed it, not from the first one.
            var failures = known ? entry.Failures + 1 : 1;
            _failures[prefix] = (failures >= FailuresMax || !known ? now : entry.Since, failures);
        }
    }
}
