namespace Sluice.Sim;

/// <summary>What a link does with one datagram: 0 to 2 copies, each with its arrival.</summary>
public readonly record struct Transit(int Copies, long FirstNs, long SecondNs, bool IsGarbage);

/// <summary>One direction of a path: the profile's chances, applied to one datagram after the other.</summary>
public sealed class Link(LinkProfile profile, Chance chance)
{
    private const long PropagationNs = 1_000_000;
    private const long ReorderMaxNs = 20_000_000;

    private long _floorNs;          // nothing that keeps its order arrives before this
    private long _lastNs;           // the latest arrival of all, reordered ones included
    private bool _isBad;

    public LinkProfile Profile { get; set; } = profile;

    public Transit Carry(long nowNs)
    {
        if (Loses())
            return default;
        var arrivalNs = Math.Max(_floorNs, nowNs + PropagationNs + (Profile.JitterNs > 0 ? chance.Below(Profile.JitterNs) : 0));
        if (chance.Hits(Profile.ReorderRate))
            arrivalNs += chance.Between(1, ReorderMaxNs);
        else
            _floorNs = arrivalNs;
        var isTwice = chance.Hits(Profile.DuplicateRate);
        var secondNs = isTwice ? arrivalNs + chance.Between(1, ReorderMaxNs) : arrivalNs;
        _lastNs = Math.Max(_lastNs, secondNs);
        return new Transit(isTwice ? 2 : 1, arrivalNs, secondNs, chance.Hits(Profile.CorruptRate));
    }

    /// <summary>What is sent from now on stays behind everything sent so far.</summary>
    public void KeepBehind() => _floorNs = _lastNs;

    // Gilbert-Elliott: the stay in the bad state has the burst's mean, the share of time in it is the loss rate.
    private bool Loses()
    {
        if (Profile.LossRate <= 0)
            return _isBad = false;
        _isBad = _isBad
            ? !chance.Hits(1 / Profile.BurstMean)
            : chance.Hits(Profile.LossRate / (Profile.BurstMean * (1 - Profile.LossRate)));
        return _isBad;
    }
}
