using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Sluice.Linux;

/// <summary>
/// Blocks of 4,096 bytes for what connections read, cut from pinned arrays of 4 MiB, of which only what is used becomes resident. A pinned
/// array for each block, as the web server has it, is an allocation that only full collections make room for: a crowd of connections that
/// each hold a half-read request had one after the other. Blocks that come back are used again; the arrays stay. Any thread.
/// </summary>
public sealed unsafe class BlockPool : MemoryPool<byte>
{
    public const int BlockBytes = 4096;
    private const int ArrayBytes = 4 << 20;

    private readonly ConcurrentQueue<Block> _free = new();
    private readonly Lock _growing = new();

    public override int MaxBufferSize => BlockBytes;

    /// <summary>A block, whole whatever was asked for; not cleared. More than <see cref="BlockBytes"/> is refused with an exception.</summary>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
        Block? block;
        while (!_free.TryDequeue(out block))
            Grow();
        block.IsRented = true;
        return block;
    }

    // Whoever still has a block goes on with it: the arrays belong to the collector.
    protected override void Dispose(bool disposing) => _free.Clear();

    private void Grow()
    {
        lock (_growing)
        {
            if (!_free.IsEmpty)
                return;
            var array = GC.AllocateUninitializedArray<byte>(ArrayBytes, pinned: true);
            for (var start = 0; start < ArrayBytes; start += BlockBytes)
                _free.Enqueue(new Block(this, array, start));
        }
    }

    private sealed class Block(BlockPool pool, byte[] array, int start) : MemoryManager<byte>
    {
        public bool IsRented;

        public override Span<byte> GetSpan() => array.AsSpan(start, BlockBytes);

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)BlockBytes, nameof(elementIndex));
            // Sound: the array does not move, and the handle holds it by holding this.
            return new MemoryHandle((void*)(Marshal.UnsafeAddrOfPinnedArrayElement(array, start) + elementIndex), pinnable: this);
        }

        public override void Unpin()
        {
        }

        protected override bool TryGetArray(out ArraySegment<byte> segment)
        {
            segment = new ArraySegment<byte>(array, start, BlockBytes);
            return true;
        }

        protected override void Dispose(bool disposing)
        {
            if (Interlocked.Exchange(ref IsRented, false))
                pool._free.Enqueue(this);
        }
    }
}
