namespace Sluice.Flow;

/// <summary>A client's place: which send loop and which of its rows. The generation tells a reused row from the old one.</summary>
public readonly record struct ClientSeat(int Shard, int Row, int Generation);

/// <summary>What a desk needs of a send loop, whatever its socket type.</summary>
internal interface ISendMailbox
{
    bool TryPost(in SendCommand command);
}

/// <summary>
/// The control plane's counter: reserves rows, and turns decisions about clients into commands for the send and stamp
/// loops. Reserving first means that nothing after it can fail half-way. Any control thread may call; takes a lock.
/// </summary>
public sealed class ClientDesk
{
    private struct Row
    {
        public int Generation;
        public ClientSpec? Client;
        public ClientAttachment? Attachment;
    }

    private sealed class Shard(ISendMailbox mailbox, RingReader<int> freed, int rows)
    {
        public readonly ISendMailbox Mailbox = mailbox;
        public readonly RingReader<int> Freed = freed;
        public readonly Row[] Rows = new Row[rows];
        public readonly Stack<int> Free = new(Enumerable.Range(0, rows).Reverse());
    }

    private readonly Lock _lock = new();
    private readonly List<Shard> _shards = [];
    private readonly EngineLimits _limits;
    private readonly Func<StampCommand, bool> _postToStamp;
    private readonly IReadOnlyList<FeedPlan> _feeds;

    internal ClientDesk(EngineLimits limits, IReadOnlyList<FeedPlan> feeds, Func<StampCommand, bool> postToStamp) =>
        (_limits, _feeds, _postToStamp) = (limits, feeds, postToStamp);

    internal void AddShard(ISendMailbox mailbox, RingReader<int> freed) => _shards.Add(new Shard(mailbox, freed, _limits.ClientsPerSendLoopMax));

    /// <summary>Clients reserved or playing.</summary>
    public int Count { get; private set; }

    private int _unfreed;

    /// <summary>Whether a removed client's send loop has not let go of it yet (its BYE may still be to come).</summary>
    public bool HasUnfreedRows
    {
        get
        {
            lock (_lock)
            {
                CollectFreed();
                return _unfreed > 0;
            }
        }
    }

    /// <summary>Gives back what the rows held that send loops have let go of since; the next reservation does it as well.</summary>
    public void TakeBack()
    {
        lock (_lock)
            CollectFreed();
    }

    public int Capacity => _shards.Count * _limits.ClientsPerSendLoopMax;

    /// <summary>Reserves a row in the send loop that has most room; false when every row is taken.</summary>
    /// <param name="seat">The row.</param>
    /// <param name="shard">The only send loop to take, because clients of one frame ring must have one producer; −1 = any.</param>
    public bool TryReserve(out ClientSeat seat, int shard = -1)
    {
        lock (_lock)
        {
            CollectFreed();
            var index = shard < 0 ? Roomiest() : shard;
            seat = default;
            if (!_shards[index].Free.TryPop(out var row))
                return false;
            seat = new ClientSeat(index, row, ++_shards[index].Rows[row].Generation);
            Count++;
            return true;
        }
    }

    /// <summary>
    /// Starts or resumes sending. The first packet carries exactly this sequence number and timestamp. False when the seat is
    /// no longer the client's or a loop is too busy to hear.
    /// </summary>
    public bool TryPlay(ClientSeat seat, ClientSpec client, ushort firstSequence, uint firstTimestamp)
    {
        lock (_lock)
        {
            if (!TryFind(seat, out var shard))
                return false;
            ref var row = ref shard.Rows[seat.Row];
            Detach(ref row);
            if (row.Client is null)
                client.Frames?.Hold();                         // until the send loop has let go of the row
            (row.Client, row.Attachment) = (client, new ClientAttachment { CatchUp = CatchUpOf(client) });
            return shard.Mailbox.TryPost(new SendCommand(SendCommandKind.Play, seat.Row, client, row.Attachment, firstSequence, firstTimestamp))
                && _postToStamp(new StampCommand(StampCommandKind.Attach, client.Feed, row.Attachment, client.DelayNs));
        }
    }

    private CatchUp? CatchUpOf(ClientSpec client) =>
        client.StartsAtAccess && client.Feed < _feeds.Count && _feeds[client.Feed].Start is { } start ? new CatchUp(start.Rate, client.DelayNs) : null;

    /// <summary>Stops sending and keeps the row.</summary>
    public void Pause(ClientSeat seat) => Stop(seat, SendCommandKind.Pause);

    /// <summary>The same, and says goodbye (RTCP BYE): all has been sent that was to be sent. The client may play again.</summary>
    public void Finish(ClientSeat seat) => Stop(seat, SendCommandKind.Finish);

    private void Stop(ClientSeat seat, SendCommandKind kind)
    {
        lock (_lock)
        {
            if (!TryFind(seat, out var shard))
                return;
            Detach(ref shard.Rows[seat.Row]);
            if (shard.Rows[seat.Row].Client is { Progress: var progress })
                Volatile.Write(ref progress.HoldsAsked, progress.HoldsAsked + 1);
            Post(shard, new SendCommand(kind, seat.Row, null, null, 0, 0));
        }
    }

    /// <summary>Ends the client; the row comes back when its send loop has let go of it. Nothing happens on a stale seat.</summary>
    public void Remove(ClientSeat seat)
    {
        lock (_lock)
        {
            if (!TryFind(seat, out var shard))
                return;
            ref var row = ref shard.Rows[seat.Row];
            Detach(ref row);
            row.Generation++;
            Count--;
            _unfreed++;
            Post(shard, new SendCommand(SendCommandKind.Remove, seat.Row, null, null, 0, 0));
        }
    }

    private int Roomiest()
    {
        var index = 0;
        for (var i = 1; i < _shards.Count; i++)
            index = _shards[i].Free.Count > _shards[index].Free.Count ? i : index;
        return index;
    }

    private bool TryFind(ClientSeat seat, out Shard shard)
    {
        shard = _shards[seat.Shard];
        return shard.Rows[seat.Row].Generation == seat.Generation;
    }

    private void Detach(ref Row row)
    {
        if (row.Attachment is { } attachment)
            Post(new StampCommand(StampCommandKind.Detach, row.Client!.Feed, attachment, 0));
        row.Attachment = null;
    }

    private void CollectFreed()
    {
        foreach (var shard in _shards)
            for (; shard.Freed.TryRead(out var row); _unfreed--)
            {
                shard.Rows[row].Client?.Frames?.LetGo();
                shard.Rows[row].Client = null;
                shard.Free.Push(row);
            }
    }

    // The loops empty their mailboxes in microseconds; what cannot be refused waits for that, within a bound.
    private static void Post(Shard shard, in SendCommand command)
    {
        for (var tries = 0; !shard.Mailbox.TryPost(in command) && tries < PostTriesMax; tries++)
            Thread.Yield();
    }

    private void Post(in StampCommand command)
    {
        for (var tries = 0; !_postToStamp(command) && tries < PostTriesMax; tries++)
            Thread.Yield();
    }

    private const int PostTriesMax = 10_000;
}
