using System.Buffers.Binary;
using System.Numerics;
using Sluice.Wire.Rtp;

namespace Sluice.Wire.Rtcp;

/// <summary>Up to 17 lost packets in four bytes (RFC 4585 §6.2.1).</summary>
/// <param name="FirstLost">PID: one lost sequence number.</param>
/// <param name="AlsoLost">BLP: bit n, least significant first, says that FirstLost + n + 1 is lost too.</param>
public readonly record struct NackEntry(ushort FirstLost, ushort AlsoLost)
{
    public const int Size = 4;

    public int LostCount => 1 + BitOperations.PopCount(AlsoLost);

    public static bool TryRead(ReadOnlySpan<byte> source, out NackEntry entry)
    {
        bool whole = source.Length >= Size;
        entry = whole
            ? new NackEntry(BinaryPrimitives.ReadUInt16BigEndian(source), BinaryPrimitives.ReadUInt16BigEndian(source[2..]))
            : default;
        return whole;
    }

    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt16BigEndian(target[2..], AlsoLost);
        BinaryPrimitives.WriteUInt16BigEndian(target, FirstLost);
    }

    /// <summary>
    /// Packs lost numbers, oldest first, into as few entries as that order allows. Stops when <paramref name="entries"/>
    /// is full; returns how many entries were made.
    /// </summary>
    public static int Pack(ReadOnlySpan<ushort> lostInOrder, Span<NackEntry> entries)
    {
        int count = 0;
        foreach (ushort lost in lostInOrder)
        {
            int behind = count == 0 ? int.MaxValue : SequenceNumbers.Distance(entries[count - 1].FirstLost, lost) - 1;
            if (behind is >= 0 and < 16)
                entries[count - 1] = entries[count - 1] with { AlsoLost = (ushort)(entries[count - 1].AlsoLost | 1 << behind) };
            else if (count == entries.Length)
                break;
            else
                entries[count++] = new NackEntry(lost, 0);
        }
        return count;
    }

    /// <summary>The lost sequence numbers, first to last.</summary>
    public Enumerator GetEnumerator() => new(this);

    public struct Enumerator(NackEntry entry)
    {
        private uint _pending = (uint)entry.AlsoLost << 1 | 1;

        public ushort Current { get; private set; }

        public bool MoveNext()
        {
            if (_pending == 0)
                return false;
            Current = (ushort)(entry.FirstLost + BitOperations.TrailingZeroCount(_pending));
            _pending &= _pending - 1;
            return true;
        }
    }
}
