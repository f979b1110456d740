namespace Sluice.Flow;

/// <summary>What became of a packet that was offered to a <see cref="ReorderWindow"/>.</summary>
internal enum ReorderVerdict
{
    Held,
    Duplicate,

    /// <summary>Its place has already been passed: too late to be sent in order.</summary>
    Late,
}

/// <summary>
/// Puts packets back in order (RFC 3550 leaves the how to the receiver): a packet waits at most the window's time
/// for a missing predecessor. In-order packets pass at once. After every <see cref="Offer"/> the owner takes until
/// <see cref="TryTake"/> has no more. Owned by the ingest thread.
/// </summary>
internal sealed class ReorderWindow
{
    private readonly ArrivedPacket[] _packets;
    private readonly bool[] _present;
    private readonly long _waitNs;
    private ArrivedPacket _beyond;      // farther ahead than the window is wide: everything held goes out before it
    private bool _hasBeyond;
    private long _next = -1;
    private long _last;                 // highest number held, while any is
    private int _held;

    /// <param name="capacity">Packets, a power of two.</param>
    /// <param name="waitNs">How long a gap may hold back what follows; 0 passes everything at once.</param>
    public ReorderWindow(int capacity, long waitNs)
    {
        _packets = new ArrivedPacket[capacity];
        _present = new bool[capacity];
        _waitNs = waitNs;
    }

    public int Held => _held;

    /// <summary>When the oldest held packet must go even though something before it is missing.</summary>
    public long DeadlineNs => _held == 0 ? long.MaxValue : _packets[Cell(FirstPresent())].ArrivalNs + _waitNs;

    public ReorderVerdict Offer(in ArrivedPacket packet)
    {
        if (_next < 0)
            _next = packet.ExtendedSequence;
        var ahead = packet.ExtendedSequence - _next;
        if (ahead < 0)
            return ReorderVerdict.Late;
        if (ahead >= _packets.Length)
        {
            (_beyond, _hasBeyond) = (packet, true);
            return ReorderVerdict.Held;
        }
        if (_present[Cell(packet.ExtendedSequence)])
            return ReorderVerdict.Duplicate;
        Place(in packet);
        return ReorderVerdict.Held;
    }

    /// <summary>Takes the next packet that may go now; <paramref name="lost"/> counts the missing ones given up before it.</summary>
    public bool TryTake(long nowNs, out ArrivedPacket packet, out int lost)
    {
        (packet, lost) = (default, 0);
        if (_held == 0 && _hasBeyond)
            lost += JumpTo(_beyond.ExtendedSequence);
        if (_held == 0)
            return false;
        if (!_present[Cell(_next)])
        {
            var first = FirstPresent();
            if (!_hasBeyond && _packets[Cell(first)].ArrivalNs + _waitNs > nowNs)
                return false;
            lost += (int)(first - _next);
            _next = first;
        }
        var cell = Cell(_next);
        packet = _packets[cell];
        _present[cell] = false;
        _held--;
        _next++;
        return true;
    }

    private void Place(in ArrivedPacket packet)
    {
        var cell = Cell(packet.ExtendedSequence);
        _packets[cell] = packet;
        _present[cell] = true;
        if (_held++ > 0 && packet.ExtendedSequence < _last)
            TakeSuccessorsArrival(ref _packets[cell]);
        else
            _last = packet.ExtendedSequence;
    }

    // A packet that came after a successor belongs before it in time as well: else the successor would be pushed back, and
    // would wait for this one's time to be over too. So the first held packet is always the one that waits longest.
    private void TakeSuccessorsArrival(ref ArrivedPacket packet)
    {
        var successor = packet.ExtendedSequence + 1;
        while (!_present[Cell(successor)])
            successor++;
        packet.ArrivalNs = Math.Min(packet.ArrivalNs, _packets[Cell(successor)].ArrivalNs);
    }

    // The window is empty: gives up the gap and goes on at the packet beyond it.
    private int JumpTo(long sequence)
    {
        var lost = (int)Math.Min(sequence - _next, int.MaxValue);
        _next = sequence;
        _hasBeyond = false;
        Place(in _beyond);
        return lost;
    }

    private long FirstPresent()
    {
        var sequence = _next;
        while (!_present[Cell(sequence)])
            sequence++;
        return sequence;
    }

    private int Cell(long sequence) => (int)sequence & (_packets.Length - 1);
}
