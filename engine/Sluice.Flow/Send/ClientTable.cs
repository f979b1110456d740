using CommunityToolkit.HighPerformance;
using Sluice.Linux;

namespace Sluice.Flow;

/// <summary>Where a client row stands.</summary>
internal enum ClientState : byte
{
    Free,
    Paused,
    Playing,
}

/// <summary>
/// Everything that a departure needs to know of its client, side by side: with 10,000 clients each one's is out of the near caches
/// when its turn comes, and what lies together comes together.
/// </summary>
internal struct ClientRow
{
    /// <summary>What it is still to get; only while it plays.</summary>
    public Departures Departures;

    /// <summary>Serves it until it is in its place; null from then on, and for those that start live.</summary>
    public CatchUp? CatchUp;
    public ClientSpec? Spec;
    public ClientProgress? Progress;

    /// <summary>Where its media goes, for the UDP kinds, and by which egress.</summary>
    public DatagramAddress Address;
    public byte Egress;
    public ClientKind Kind;
    public ClientState State;
    public int Feed;
    public uint Ssrc;

    /// <summary>Added to the feed's sequence number and timestamp on the way out.</summary>
    public ushort SequenceOffset;
    public uint TimestampOffset;

    /// <summary>The offsets are still to be fixed by the first packet, which gets exactly the promised numbers (RTP-Info).</summary>
    public bool IsFirst;
    public ushort FirstSequence;
    public uint FirstTimestamp;

    /// <summary>The feed's numbers of the first packet that left and of the one after the last: what a NACK may speak of.</summary>
    public uint FirstFeedSequence, NextFeedSequence;

    /// <summary>Makes the first packet carry what PLAY promised; everything after follows the feed.</summary>
    public void FixOffsets(in FeedPacket first) => Number(in first, 0);

    /// <summary>Makes a packet the client's first (0), second … one, with the promised timestamp; everything after follows the feed.</summary>
    public void Number(in FeedPacket packet, int place)
    {
        IsFirst = false;
        SequenceOffset = (ushort)(FirstSequence + place - packet.Sequence);
        TimestampOffset = FirstTimestamp - packet.RtpTimestamp;
        FirstFeedSequence = NextFeedSequence = packet.Sequence;
    }
}

/// <summary>
/// All clients of one send loop, one row a client. A row is the client's for its life (the wheel and the idle lists link rows by
/// number), so rows are not swapped on removal; the control plane hands them out. Owned by the send thread.
/// </summary>
internal sealed class ClientTable(int capacity)
{
    private readonly ClientRow[] _rows = new ClientRow[capacity];

    /// <summary>Row numbers come from the control plane, which hands out no others: no second check by the runtime.</summary>
    public ref ClientRow this[int row] => ref _rows.DangerousGetReferenceAt(row);

    public int Capacity => _rows.Length;

    public int Count { get; private set; }

    public void Play(int row, ClientSpec spec, ClientAttachment attachment, ushort firstSequence, uint firstTimestamp)
    {
        if (_rows[row].State == ClientState.Free)
            Count++;
        _rows[row] = new ClientRow
        {
            Departures = new Departures(attachment, spec.DelayNs),
            CatchUp = attachment.CatchUp,
            Spec = spec,
            Progress = spec.Progress,
            Address = spec.Address,
            Egress = (byte)spec.Egress,
            Kind = spec.Kind,
            State = ClientState.Playing,
            Feed = spec.Feed,
            Ssrc = spec.Ssrc,
            IsFirst = true,
            FirstSequence = firstSequence,
            FirstTimestamp = firstTimestamp,
        };
    }

    public void Pause(int row)
    {
        ref var client = ref _rows[row];
        if (client.State != ClientState.Free)
            (client.State, client.Departures) = (ClientState.Paused, default);
    }

    public void Remove(int row)
    {
        if (_rows[row].State != ClientState.Free)
            Count--;
        _rows[row] = default;
    }

    /// <summary>The rows of clients that will be served soon, and of those whose feed serves hardly anybody else what they will be sent.</summary>
    /// <param name="rows">Some tens at most.</param>
    /// <param name="windows">The feeds'.</param>
    /// <param name="firstReplay">The feeds from here on are replays.</param>
    public void LookAhead(ReadOnlySpan<int> rows, FeedWindow[] windows, int firstReplay)
    {
        foreach (var row in rows)
        {
            Prefetch.Line(ref this[row].Departures);
            Prefetch.Line(ref this[row].FirstTimestamp);
        }
        // By now the first of them have come, and they say where the rest is.
        var replayed = 0;
        foreach (var row in rows)
        {
            this[row].Progress?.LookAhead();
            if (this[row].Feed < firstReplay)
                continue;
            replayed++;
            windows[this[row].Feed].LookAhead();
        }
        if (replayed > 0)
            LookIntoWindows(rows, windows, firstReplay);
    }

    // Each loop asks for what the next one needs.
    private void LookIntoWindows(ReadOnlySpan<int> rows, FeedWindow[] windows, int firstReplay)
    {
        foreach (var row in rows)
            if (this[row].Feed >= firstReplay)
                Prefetch.Line(in windows[this[row].Feed].Train(this[row].Departures.Next));
        foreach (var row in rows)
            if (this[row].Feed >= firstReplay)
                windows[this[row].Feed].LookAtPackets(this[row].Departures.Next);
    }
}
