using Sluice.Linux;

namespace Sluice.Flow;

// Ownership         written by            read by     changes hands when
//   _bytes[i]       producer, then        consumer    _tail passes i (release) → … → _head passes i (release)
//   _tail           producer              both        —
//   _head           consumer              both        —
//   _cut            producer              both        —
//   _holders        control threads       control     the last one to let go gives the bytes back
// Outgoing frames: the send thread produces, the connection's writer task consumes. Incoming packets: see PacketInlet.

/// <summary>
/// The bytes that wait for one stream connection (RTSP interleaved `$` frames, RFC 2326 §10.12, or the transport packets
/// of a viewer over HTTP), or came from one: a bounded single-producer single-consumer byte ring. A frame goes in whole or
/// not at all, so a reader that stalls loses whole frames and never sees a torn one. The bytes are not the garbage collector's: see
/// <see cref="FrameMemory"/>.
/// </summary>
public sealed class FrameRing
{
    private readonly nint _address;
    private readonly int _capacity;
    private PaddedSequence _tail;
    private PaddedSequence _head;
    private long _cut;              // what lies before it is for nobody any more
    private int _holders = 1;

    /// <param name="capacityBytes">A power of two.</param>
    public FrameRing(int capacityBytes)
    {
        if (!int.IsPow2(capacityBytes))
            throw new ArgumentException("A frame ring indexes by mask: the capacity must be a power of two.", nameof(capacityBytes));
        (_address, _capacity) = (FrameMemory.Rent(capacityBytes), capacityBytes);
    }

    private Span<byte> Memory => NativeSpan.Of(_address, _capacity);

    /// <summary>One more who may read or write until they <see cref="LetGo"/>: whoever made the ring is the first. Control threads.</summary>
    public void Hold() => Interlocked.Increment(ref _holders);

    /// <summary>One less; the last gives the bytes back, and nobody may touch the ring any more. A ring that is never let go lives as the process.</summary>
    public void LetGo()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
            FrameMemory.Return(_address, _capacity, wasUsed: _tail.Value > 0);
    }

    /// <summary>Bytes waiting to be written to the connection.</summary>
    public int Count => (int)(Volatile.Read(ref _tail.Value) - Volatile.Read(ref _head.Value));

    /// <summary>Producer: whether <paramref name="length"/> more bytes fit now.</summary>
    public bool HasRoomFor(int length) => _tail.Value - Volatile.Read(ref _head.Value) + length <= _capacity;

    /// <summary>Producer: one frame made of up to three pieces; false when it does not fit, and nothing was written.</summary>
    public bool TryWrite(ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> header, ReadOnlySpan<byte> body)
    {
        if (!HasRoomFor(prefix.Length + header.Length + body.Length))
            return false;
        var tail = _tail.Value;
        tail = Copy(prefix, tail);
        tail = Copy(header, tail);
        tail = Copy(body, tail);
        Volatile.Write(ref _tail.Value, tail);
        return true;
    }

    /// <summary>Consumer: the longest contiguous stretch of waiting bytes, empty when there is none.</summary>
    public ReadOnlySpan<byte> Peek()
    {
        var head = _head.Value;
        var start = (int)head & (_capacity - 1);
        return Memory.Slice(start, (int)Math.Min(Volatile.Read(ref _tail.Value) - head, _capacity - start));
    }

    /// <summary>Consumer: done with the first <paramref name="count"/> bytes of <see cref="Peek"/>.</summary>
    public void Advance(int count) => Volatile.Write(ref _head.Value, _head.Value + count);

    /// <summary>
    /// Producer: what waits has become too old for its reader, which throws it away before it sends anything more. The
    /// producer writes nothing until <see cref="IsCut"/> is over.
    /// </summary>
    public void Cut() => Volatile.Write(ref _cut, _tail.Value);

    /// <summary>Any thread: whether a cut waits to be carried out: the reader has not come back yet.</summary>
    public bool IsCut => Volatile.Read(ref _cut) > Volatile.Read(ref _head.Value);

    /// <summary>Consumer: throws away what was cut off; returns how many bytes that were.</summary>
    public int DiscardCut()
    {
        var discarded = (int)Math.Max(Volatile.Read(ref _cut) - _head.Value, 0);
        if (discarded > 0)
            Advance(discarded);
        return discarded;
    }

    /// <summary>Consumer: copies waiting bytes from <paramref name="skip"/> on and leaves them there; false when so many do not wait.</summary>
    public bool TryCopy(Span<byte> target, int skip)
    {
        var head = _head.Value;
        if (Volatile.Read(ref _tail.Value) - head < skip + target.Length)
            return false;
        var start = (int)(head + skip) & (_capacity - 1);
        var first = Math.Min(target.Length, _capacity - start);
        Memory.Slice(start, first).CopyTo(target);
        Memory[..(target.Length - first)].CopyTo(target[first..]);
        return true;
    }

    private long Copy(ReadOnlySpan<byte> source, long tail)
    {
        var start = (int)tail & (_capacity - 1);
        var first = Math.Min(source.Length, _capacity - start);
        source[..first].CopyTo(Memory[start..]);
        source[first..].CopyTo(Memory);
        return tail + source.Length;
    }
}
