namespace Sluice.Flow;

// Ownership         written by      read by     changes hands when
//   _from           stamp thread    send        the feed takes the client in (release), once
//   _isIn           stamp thread    stamp       —

/// <summary>One client's stay with a feed, from PLAY to PAUSE: made by the control plane, handed to the stamp loop and to the client's send loop.</summary>
internal sealed class ClientAttachment
{
    private const long Unknown = -1;

    private long _from = Unknown;
    private bool _isIn;

    /// <summary>How the client gets to its place, for one that starts at a random access point; null for one that starts live.</summary>
    public CatchUp? CatchUp { get; init; }

    /// <summary>The first train that the feed keeps for this client; false until the feed knows of the client. Any thread.</summary>
    public bool TryGetFrom(out uint train)
    {
        var from = Volatile.Read(ref _from);
        train = (uint)from;
        return from != Unknown;
    }

    /// <summary>Stamp thread: false when the client is in already.</summary>
    internal bool TryEnter(uint nextTrain)
    {
        if (_isIn)
            return false;
        _isIn = true;
        Volatile.Write(ref _from, nextTrain);
        return true;
    }

    /// <summary>Stamp thread: false when the client is not in.</summary>
    internal bool TryLeave()
    {
        var wasIn = _isIn;
        _isIn = false;
        return wasIn;
    }
}

/// <summary>
/// The clients of one feed as the stamp loop needs to know them: how many, and how long a train must be kept for the slowest. What is
/// due for each of them when is worked out where it is sent (<see cref="Departures"/>). Owned by the stamp thread.
/// </summary>
internal sealed class Audience
{
    public int Count { get; private set; }

    /// <summary>The largest delay ever seen: how long a packet must be kept. Never shrinks, for a client that left may still be
    /// served by a send loop that has not heard of it yet.</summary>
    public long DelayMaxNs { get; private set; }

    /// <param name="client">Comes in; nothing happens when it is in.</param>
    /// <param name="delayNs">Its delay.</param>
    /// <param name="nextTrain">The feed's next train, the first that is kept for it.</param>
    public void Add(ClientAttachment client, long delayNs, uint nextTrain)
    {
        // Before the send loop learns of the train: from then on it may count on it.
        DelayMaxNs = Math.Max(DelayMaxNs, delayNs);
        if (client.TryEnter(nextTrain))
            Count++;
    }

    /// <summary>Nothing happens when the client is not in.</summary>
    public void Remove(ClientAttachment client)
    {
        if (client.TryLeave())
            Count--;
    }
}
