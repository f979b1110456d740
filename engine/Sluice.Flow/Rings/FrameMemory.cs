using Sluice.Linux;

namespace Sluice.Flow;

/// <summary>
/// Where the bytes of <see cref="FrameRing"/>s lie: in slabs outside the garbage collector, lent out and taken back, a shelf for each
/// size. Ten thousand connections' rings are 2.5 GiB of which little is ever touched; as managed arrays they were in the way of every
/// collection. A slab is never unmapped, so a write into a ring that was given back too early is a wrong byte and no fault. Any thread;
/// takes a lock.
/// </summary>
internal static class FrameMemory
{
    private const int SlabBytes = 16 << 20;
    private const int PageBytes = 4096;

    private static readonly Lock s_lock = new();
    private static readonly Dictionary<int, Shelf> s_shelves = [];

    private sealed class Shelf
    {
        public readonly Stack<nint> Free = new();
        public readonly List<NativeBuffer> Slabs = [];
    }

    /// <summary>So many bytes; what they hold is anybody's guess.</summary>
    /// <exception cref="InsufficientMemoryException">The kernel has no address space left.</exception>
    public static nint Rent(int bytes)
    {
        lock (s_lock)
        {
            if (!s_shelves.TryGetValue(bytes, out var shelf))
                s_shelves[bytes] = shelf = new Shelf();
            if (shelf.Free.Count == 0)
                Stock(shelf, bytes);
            return shelf.Free.Pop();
        }
    }

    /// <summary>Takes back what <see cref="Rent"/> lent; pages that were written to go back to the kernel.</summary>
    public static void Return(nint address, int bytes, bool wasUsed)
    {
        lock (s_lock)
        {
            var shelf = s_shelves[bytes];
            var slab = shelf.Slabs.Find(slab => address >= slab.Address && address < slab.Address + slab.Length)!;
            if (wasUsed && bytes >= PageBytes)
                slab.Discard(address - slab.Address, bytes);
            shelf.Free.Push(address);
        }
    }

    private static void Stock(Shelf shelf, int bytes)
    {
        var slab = new NativeBuffer(Math.Max(bytes, SlabBytes), prefault: false, sparse: true);
        shelf.Slabs.Add(slab);
        for (var offset = slab.Length - bytes; offset >= 0; offset -= bytes)
            shelf.Free.Push(slab.Address + (nint)offset);
    }
}
