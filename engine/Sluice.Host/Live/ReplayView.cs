using Sluice.Control.Status;

namespace Sluice.Host.Live;

/// <summary>What is read from the store, as people and metrics are shown it.</summary>
internal static class ReplayView
{
    /// <summary>Null where nothing can be replayed.</summary>
    public static ReplaysStatus? All(LiveEngine engine)
    {
        var desk = engine.Core.Replays;
        if (desk.Capacity == 0)
            return null;
        var totals = desk.Totals;
        return new ReplaysStatus
        {
            Open = desk.Count,
            Limit = desk.Capacity,
            Packets = totals.Packets,
            ReadLate = totals.ReadLate,
            NoRoom = totals.NoRoom,
            SlackMs = desk.Open.Min(ticket => ticket.Counters.SlackMs),
            LoopBytes = engine.Loops.PinnedBytes,
            LoopLimitBytes = engine.Loops.PinnedBytesMax,
        };
    }

    /// <summary>Null for a client of a live feed.</summary>
    public static ReplayStatus? Of(LiveEngine engine, LiveClient client) => engine.Core.Replays.TicketOf(client.Seated.Feed) is not { } ticket ? null
        : new ReplayStatus
        {
            SlackMs = ticket.Counters.SlackMs,
            SlackMsLeast = ticket.Counters.SlackMsMin,
            ReadLate = Volatile.Read(ref ticket.Counters.ReadLate),
        };
}
