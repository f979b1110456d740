namespace Sluice.Flow;

/// <summary>Where a client row stands.</summary>
internal enum ClientState : byte
{
    Free,
    Paused,
    Playing,
}

/// <summary>
/// All clients of one send loop, column by column: one row a client, one array a question. A row is the client's for
/// its life (the wheel and the idle lists link rows by number), so rows are not swapped on removal; the control plane
/// hands them out. Owned by the send thread.
/// </summary>
internal sealed class ClientTable(int capacity)
{
    public readonly ClientState[] State = new ClientState[capacity];
    public readonly ClientKind[] Kind = new ClientKind[capacity];
    public readonly DepartureRing?[] Ring = new DepartureRing?[capacity];
    public readonly int[] Feed = new int[capacity];
    public readonly uint[] Ssrc = new uint[capacity];

    /// <summary>Added to the feed's sequence number and timestamp on the way out.</summary>
    public readonly ushort[] SequenceOffset = new ushort[capacity];
    public readonly uint[] TimestampOffset = new uint[capacity];

    /// <summary>The offsets are still to be fixed by the first packet, which gets exactly the promised numbers (RTP-Info).</summary>
    public readonly bool[] IsFirst = new bool[capacity];
    public readonly ushort[] FirstSequence = new ushort[capacity];
    public readonly uint[] FirstTimestamp = new uint[capacity];
    public readonly ClientSpec?[] Spec = new ClientSpec?[capacity];

    public int Capacity => State.Length;

    public int Count { get; private set; }

    public void Play(int row, ClientSpec spec, DepartureRing ring, ushort firstSequence, uint firstTimestamp)
    {
        if (State[row] == ClientState.Free)
            Count++;
        (State[row], Kind[row], Feed[row], Ssrc[row], Spec[row], Ring[row]) = (ClientState.Playing, spec.Kind, spec.Feed, spec.Ssrc, spec, ring);
        (IsFirst[row], FirstSequence[row], FirstTimestamp[row]) = (true, firstSequence, firstTimestamp);
    }

    public void Pause(int row)
    {
        if (State[row] == ClientState.Free)
            return;
        (State[row], Ring[row]) = (ClientState.Paused, null);
    }

    public void Remove(int row)
    {
        if (State[row] != ClientState.Free)
            Count--;
        (State[row], Ring[row], Spec[row]) = (ClientState.Free, null, null);
    }

    /// <summary>Makes the first packet carry what PLAY promised; everything after follows the feed.</summary>
    public void FixOffsets(int row, in FeedPacket first)
    {
        IsFirst[row] = false;
        SequenceOffset[row] = (ushort)(FirstSequence[row] - first.Sequence);
        TimestampOffset[row] = FirstTimestamp[row] - first.RtpTimestamp;
    }
}
