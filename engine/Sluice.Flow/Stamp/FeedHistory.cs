namespace Sluice.Flow;

/// <summary>
/// Keeps trains longer than playing clients need them, for those that start at a random access point. Where history begins
/// (<see cref="FeedWindow.Floor"/>) is told to the send loops first, and what lies below goes only when no pass that began
/// before can still be sending it. Owned by the stamp thread.
/// </summary>
/// <param name="window">Whose trains.</param>
/// <param name="packetsMax">Kept at most beyond what playing clients need.</param>
/// <param name="settleNs">How long a send loop may hold a message after the pass that composed it: the blocked bound and some ticks.</param>
internal sealed class FeedHistory(FeedWindow window, int packetsMax, long settleNs)
{
    private enum Phase
    {
        Still,

        /// <summary>The floor was moved in this pass: the next one's clock reading is certainly later.</summary>
        Moved,
        Settling,
    }

    private Phase _phase;
    private long _movedNs;
    private uint _settled;

    /// <summary>Once a pass: moves the floor when it should. Gives the first train that must stay.</summary>
    /// <param name="nowNs">The start of the stamp loop's pass.</param>
    /// <param name="safeNs">The start of the slowest send loop's pass.</param>
    /// <param name="liveNs">Trains delivered before this are needed by nobody who plays.</param>
    /// <param name="historyNs">Trains delivered before this by nobody who starts.</param>
    /// <param name="isPressed">Slots are short: keep nothing for starting clients.</param>
    public uint Advance(long nowNs, long safeNs, long liveNs, long historyNs, bool isPressed)
    {
        if (_phase == Phase.Moved)
            (_phase, _movedNs) = (Phase.Settling, nowNs);
        else if (_phase == Phase.Settling && safeNs > _movedNs + settleNs)
            (_phase, _settled) = (Phase.Still, window.Floor);
        if (_phase != Phase.Still)
            return _settled;
        var floor = FirstToKeep(liveNs, historyNs, isPressed);
        if (floor == window.Floor)
            return _settled;
        window.Floor = floor;
        _phase = Phase.Moved;
        return _settled;
    }

    private uint FirstToKeep(long liveNs, long historyNs, bool isPressed)
    {
        var floor = window.Floor;
        for (; floor != window.TrainTail; floor++)
        {
            ref readonly var train = ref window.Train(floor);
            var mayGo = isPressed || train.DeliveryNs < historyNs || window.PacketTail - train.FirstPacket > packetsMax;
            if (train.DeliveryNs >= liveNs || !mayGo)
                break;
        }
        return floor;
    }
}
