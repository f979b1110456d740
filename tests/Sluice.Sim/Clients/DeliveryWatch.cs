namespace Sluice.Sim;

/// <summary>How evenly one player's packets leave, against the steps of the sender, and how deep the engine's buffer is.</summary>
public sealed class DeliveryWatch(int player, long fromNs)
{
    private long _lastNs, _lastSentNs;

    public long Packets { get; private set; }

    /// <summary>The largest difference between a step out and the same step at the sender, ns.</summary>
    public long StepErrorMaxNs { get; private set; }

    /// <summary>The longest time without a packet.</summary>
    public long GapMaxNs { get; private set; }

    /// <summary>How long a packet stayed in the engine, the client's delay not counted.</summary>
    public long DepthMinNs { get; private set; } = long.MaxValue;
    public long DepthMaxNs { get; private set; } = long.MinValue;

    public void OnPacket(int toPlayer, long depthNs, long sentNs, long nowNs)
    {
        if (toPlayer != player || nowNs < fromNs)
            return;
        (DepthMinNs, DepthMaxNs) = (Math.Min(DepthMinNs, depthNs), Math.Max(DepthMaxNs, depthNs));
        if (Packets++ > 0)
        {
            StepErrorMaxNs = Math.Max(StepErrorMaxNs, Math.Abs(nowNs - _lastNs - (sentNs - _lastSentNs)));
            GapMaxNs = Math.Max(GapMaxNs, nowNs - _lastNs);
        }
        (_lastNs, _lastSentNs) = (nowNs, sentNs);
    }
}
