namespace Sluice.Load.Scoring;

/// <summary>
/// Loss, duplicates and order of one client by positions that only grow at the sender: indexes of stamps or extended sequence numbers.
/// Remembers the last 4,096 positions; what is older when it comes counts as out of order.
/// </summary>
public sealed class SequenceScore
{
    private const int Window = 4096;
    private readonly ulong[] _seen = new ulong[Window / 64];
    private long _first, _highest, _unique, _lostBefore;
    private bool _started;

    /// <summary>Positions between the first and the highest that never came.</summary>
    public long Lost => _lostBefore + (_started ? _highest - _first + 1 - _unique : 0);

    public long Duplicates { get; private set; }

    public long OutOfOrder { get; private set; }

    public long Highest => _highest;

    public bool IsStarted => _started;

    /// <summary>The sender began anew: what came before keeps its count, and the next position is a first one.</summary>
    public void Restart()
    {
        _lostBefore = Lost;
        _started = false;
        _unique = 0;
        Array.Clear(_seen);
    }

    /// <summary>False for a duplicate.</summary>
    public bool Receive(long position)
    {
        if (!_started) (_started, _first, _highest) = (true, position, position - 1);
        if (position > _highest) Advance(position);
        else if (!TryFill(position)) return false;
        _unique++;
        return true;
    }

    private void Advance(long position)
    {
        if (position - _highest >= Window) Array.Clear(_seen);
        else
            for (var skipped = _highest + 1; skipped < position; skipped++) Word(skipped) &= ~Bit(skipped);
        Word(position) |= Bit(position);
        _highest = position;
    }

    private bool TryFill(long position)
    {
        if (_highest - position >= Window)
        {
            // Too old to be told from a duplicate; as long as something is missing it is taken for that.
            if (Lost - _lostBefore <= 0 && position >= _first) { Duplicates++; return false; }
        }
        else if ((Word(position) & Bit(position)) != 0 && position >= _first) { Duplicates++; return false; }
        else Word(position) |= Bit(position);
        _first = Math.Min(_first, position);
        OutOfOrder++;
        return true;
    }

    private ref ulong Word(long position) => ref _seen[(int)((ulong)position % Window / 64)];
    private static ulong Bit(long position) => 1UL << (int)((ulong)position % 64);
}
