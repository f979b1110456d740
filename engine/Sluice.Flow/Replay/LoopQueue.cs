namespace Sluice.Flow;

/// <summary>
/// A few packets, copied, first in first out: what a loop makes of one packet, or holds back. Its buffers grow to the largest payload once. Owned
/// by one thread.
/// </summary>
internal sealed class LoopQueue
{
    private const int PacketsMax = 32;

    private readonly ReplayPacket[] _packets = new ReplayPacket[PacketsMax];
    private readonly byte[][] _payloads = new byte[PacketsMax][];
    private readonly int[] _lengths = new int[PacketsMax];
    private int _head, _count;

    public LoopQueue() => Array.Fill(_payloads, []);

    public int Count => _count;
    public bool IsFull => _count == PacketsMax;

    public void Clear() => _count = 0;

    public void Push(in ReplayPacket packet, ReadOnlySpan<byte> payload)
    {
        System.Diagnostics.Debug.Assert(!IsFull, "one packet makes only a few");
        var at = (_head + _count++) % PacketsMax;
        if (_payloads[at].Length < payload.Length)
            _payloads[at] = GC.AllocateUninitializedArray<byte>((int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)payload.Length));
        payload.CopyTo(_payloads[at]);
        (_packets[at], _lengths[at]) = (packet, payload.Length);
    }

    /// <summary>The oldest, taken; its payload until the next push.</summary>
    public bool TryPop(out ReplayPacket packet, out ReadOnlySpan<byte> payload)
    {
        packet = _packets[_head];
        payload = _payloads[_head].AsSpan(0, _count == 0 ? 0 : _lengths[_head]);
        if (_count == 0)
            return false;
        (_head, _count) = ((_head + 1) % PacketsMax, _count - 1);
        return true;
    }

    /// <summary>All of it goes to another, in order.</summary>
    public void MoveTo(LoopQueue other)
    {
        while (TryPop(out var packet, out var payload))
            other.Push(in packet, payload);
    }
}
