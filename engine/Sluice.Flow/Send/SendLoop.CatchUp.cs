using Sluice.Linux;

namespace Sluice.Flow;

// Clients that start at a random access point: served from the feed's window until they are in their place.
public sealed partial class SendLoop<TSocket>
{
    // Sends what is due of a client that catches up. True when it is in its place now.
    private bool ServeCatchUp(int row, ref ClientRow client, long nowTick, MonotonicTime now)
    {
        var feed = _feeds[client.Feed];
        var catchUp = client.CatchUp!;
        if (!catchUp.HasBegun && !TryBegin(catchUp, feed, now))
            return TakeOver(ref client);
        while (true)
        {
            if (catchUp.HasLostPlace(feed.Window))
            {
                Counters.LostPlace++;
                CountOverrun(client.Progress!, catchUp.SkipToPlace(feed.Window, now.Ns - ((long)_lateTicks << _tickShift)));
            }
            if (!catchUp.TryPeek(feed.Window, out var train, out var dueNs, out var isInPlace))
            {
                _idle.Add(feed.Index, row);
                return false;
            }
            if (isInPlace && client.Departures.TrySeek(catchUp.Next))
            {
                Counters.CaughtUp++;
                return TakeOver(ref client);
            }
            var dueTick = (dueNs + (1L << _tickShift) - 1) >> _tickShift;
            if (dueTick > nowTick)
            {
                _wheel.Schedule(row, dueTick);
                return false;
            }
            if (nowTick - dueTick > _noticeTicks)
                catchUp.Postpone((nowTick - dueTick) << _tickShift);
            if (!TryWriteCatchUp(ref client, catchUp, feed.Window, in train, now))
            {
                _wheel.Schedule(row, nowTick + 1);
                return false;
            }
            catchUp.Take();
        }
    }

    private bool TryBegin(CatchUp catchUp, Feed feed, MonotonicTime now)
    {
        var hasBegun = feed.Access is { } access && catchUp.TryBegin(access, feed.Window, now.Ns);
        if (hasBegun)
            Counters.InstantStarts++;
        else
            Counters.LiveStarts++;
        return hasBegun;
    }

    private static bool TakeOver(ref ClientRow client)
    {
        client.CatchUp = null;
        return true;
    }

    // The preface takes the promised numbers first and has the access point's time, for a receiver that waits by timestamps must not wait for it.
    private bool TryWriteCatchUp(ref ClientRow client, CatchUp catchUp, FeedWindow window, in Train train, MonotonicTime now)
    {
        var egress = _egresses[client.Egress];
        for (; catchUp.TryPeekPreface(out var packet, out var place); catchUp.TakePreface())
        {
            client.Number(in window.Packet(packet), place);
            if (!_writer.TryWrite(ref client, window, Train.Of(packet), egress, now))
                return false;
        }
        if (train.FirstPacket == catchUp.FirstPacket)
            client.Number(in window.Packet(train.FirstPacket), catchUp.PrefaceCount);
        return _writer.TryWrite(ref client, window, in train, egress, now);
    }
}
