namespace Sluice.Store;

/// <summary>Bytes that are added at the end and taken from the beginning, in one piece. Grows to what is held at one time.</summary>
internal sealed class ByteQueue
{
    private byte[] _bytes = new byte[4_096];
    private int _start, _end;

    public int Count => _end - _start;

    /// <summary>All that is held; valid until the next <see cref="Add"/>.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(_start, Count);

    public void Add(ReadOnlySpan<byte> more)
    {
        if (_end + more.Length > _bytes.Length)
            MakeRoom(more.Length);
        more.CopyTo(_bytes.AsSpan(_end));
        _end += more.Length;
    }

    public void Skip(int count)
    {
        _start += count;
        if (_start == _end)
            _start = _end = 0;
    }

    private void MakeRoom(int more)
    {
        // Moved only when at least half is free, so that a byte is moved once on average.
        var target = Count + more <= _bytes.Length / 2 ? _bytes : new byte[Math.Max(_bytes.Length * 2, Count + more)];
        Bytes.CopyTo(target);
        (_bytes, _end, _start) = (target, Count, 0);
    }
}
