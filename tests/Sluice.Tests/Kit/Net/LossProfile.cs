namespace Sluice.Tests.Kit.Net;

/// <summary>What a relay does to the datagrams of one destination; all probabilities 0–1, drawn from the seed.</summary>
internal sealed record LossProfile(int Seed = 1)
{
    public static LossProfile None { get; } = new();

    /// <summary>Drops every k-th datagram; 0 drops none.</summary>
    public int DropEvery { get; init; }
    public double Drop { get; init; }

    /// <summary>Mean length of a run of drops; 1 = each on its own. <see cref="Drop"/> stays the share of all (Gilbert 1960).</summary>
    public double DropRun { get; init; } = 1;
    public double Duplicate { get; init; }

    /// <summary>Probability that a datagram is held back until two later ones have passed it.</summary>
    public double Reorder { get; init; }
}

/// <summary>Applies a <see cref="LossProfile"/> to one ordered flow; the same seed and input give the same output. One thread.</summary>
internal sealed class LossyFlow(LossProfile profile, Action<byte[]> forward)
{
    private const int HoldBackFor = 2;
    private readonly Random _random = new(profile.Seed);
    private byte[]? _heldBack;
    private int _releaseIn, _seen;
    private bool _isBad;

    public int Seen => _seen;
    public int Dropped { get; private set; }
    public int Duplicated { get; private set; }
    public int Reordered { get; private set; }

    public void Take(byte[] datagram)
    {
        _seen++;
        if ((profile.DropEvery > 0 && _seen % profile.DropEvery == 0) || IsDropped())
        {
            Dropped++;
            return;
        }
        if (_heldBack is null && Draw(profile.Reorder))
        {
            (_heldBack, _releaseIn) = (datagram, HoldBackFor);
            Reordered++;
            return;
        }
        forward(datagram);
        if (Draw(profile.Duplicate))
        {
            Duplicated++;
            forward(datagram);
        }
        ReleaseHeldBack();
    }

    private bool IsDropped()
    {
        if (profile.DropRun <= 1)
            return Draw(profile.Drop);
        _isBad = Draw(_isBad ? 1 - 1 / profile.DropRun : profile.Drop / (profile.DropRun * (1 - profile.Drop)));
        return _isBad;
    }

    private void ReleaseHeldBack()
    {
        if (_heldBack is null || --_releaseIn > 0) return;
        forward(_heldBack);
        _heldBack = null;
    }

    private bool Draw(double probability) => probability > 0 && _random.NextDouble() < probability;
}
