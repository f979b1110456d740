using System.Buffers.Binary;
using Sluice.Wire.MpegTs;

namespace Sluice.Wire.Loops;

/// <summary>
/// Moves the times of splice cues (ANSI/SCTE 35 §9.6, splice_info_section) by their pts_adjustment, which is added to every PTS within and is in the clear
/// in encrypted cues too: it is made for whoever restamps. The CRC follows by the difference, so that a section may lie in several packets and
/// a wrong CRC stays wrong.
/// Allocates nothing; owned by one thread.
/// </summary>
internal sealed class TsCueShift
{
    private const byte TableId = 0xFC, Stuffing = 0xFF;

    /// <summary>Table id and length; up to the end of pts_adjustment; up to splice_command_type.</summary>
    private const int LengthEnd = 3, AdjustmentEnd = 9, HeadSize = 14;
    private const int AdjustmentAt = 4, SizeMin = 20, SizeMax = 4_096;

    /// <summary>Sections that lie in several packets, of different PIDs at a time.</summary>
    private const int CutsMax = 8;

    private struct Cut
    {
        public ushort Pid;
        public byte NextCounter;
        public int Left;        // bytes of the section that are still to come, its CRC included; 0 = the place is free
        public uint Change;     // of the CRC
    }

    private readonly Cut[] _cuts = new Cut[CutsMax];

    /// <summary>Cues moved, and cues that could not be: their head or CRC is cut off, damaged or scrambled.</summary>
    public long Moved { get; private set; }
    public long Unmoved { get; private set; }

    /// <summary>Sections under way are of a turn that is over.</summary>
    public void Reset() => Array.Clear(_cuts);

    /// <summary>Looks at the payload of a packet that is no PES.</summary>
    /// <param name="packet">188 bytes, of which the payload may be changed.</param>
    /// <param name="view">The same, as it came.</param>
    /// <param name="counter">The continuity counter with which it came.</param>
    /// <param name="ticks">90 kHz.</param>
    public void Shift(Span<byte> packet, in TsPacket view, byte counter, long ticks)
    {
        var payload = packet[view.PayloadOffset..TsPacket.Size];
        int starts = payload.Length;
        if (view.PayloadUnitStart)
        {
            if (payload.Length == 0 || payload[0] >= payload.Length)
                return;
            starts = 1 + payload[0];
        }
        Continue(view.PayloadUnitStart ? payload[1..starts] : payload, view, counter);
        while (starts < payload.Length && payload[starts] != Stuffing)
            starts += Begin(payload[starts..], view.Pid, counter, ticks);
    }

    /// <summary>Whether a section of this PID is under way: its packets must be looked at though they begin nothing.</summary>
    public bool IsUnderWay(ushort pid) => Find(pid) >= 0;

    private void Continue(Span<byte> tail, in TsPacket view, byte counter)
    {
        int place = Find(view.Pid);
        if (place < 0)
            return;
        ref var cut = ref _cuts[place];
        if (counter != cut.NextCounter || (view.PayloadUnitStart && cut.Left > tail.Length))
        {
            Unmoved++;
            cut.Left = 0;
            return;
        }
        Patch(tail, cut.Left, cut.Change);
        cut.Left = Math.Max(0, cut.Left - tail.Length);
        cut.NextCounter = (byte)(counter + 1 & 0x0f);
    }

    // Returns how many bytes of it are here.
    private int Begin(Span<byte> section, ushort pid, byte counter, long ticks)
    {
        bool isCue = section[0] == TableId;
        if (section.Length < LengthEnd || (isCue && section.Length < HeadSize))
        {
            Unmoved += isCue ? 1 : 0;
            return section.Length;
        }
        int size = LengthEnd + (BinaryPrimitives.ReadUInt16BigEndian(section[1..]) & 0x0fff);
        var here = section[..Math.Min(size, section.Length)];
        if (!isCue || !IsCue(here, size))
            return here.Length;
        bool isWhole = here.Length == size;
        int place = isWhole ? 0 : FindFree();
        if (place < 0 || (isWhole && PsiCrc32.Compute(here) != 0))
        {
            Unmoved++;
            return here.Length;
        }
        uint change = Adjust(here, size, ticks);
        Patch(here, size, change);
        if (!isWhole)
            _cuts[place] = new Cut { Pid = pid, NextCounter = (byte)(counter + 1 & 0x0f), Left = size - here.Length, Change = change };
        Moved++;
        return here.Length;
    }

    // §9.6.1: section_syntax_indicator and private_indicator are 0, protocol_version is 0.
    private static bool IsCue(ReadOnlySpan<byte> head, int size) =>
        size is >= SizeMin and <= SizeMax && (head[1] & 0xC0) == 0 && head[3] == 0;

    // | encrypted(1) algorithm(6) 32 | 31..0 | from the fifth byte on.
    private static uint Adjust(Span<byte> section, int size, long ticks)
    {
        var field = section[AdjustmentAt..AdjustmentEnd];
        Span<byte> changes = stackalloc byte[AdjustmentEnd - AdjustmentAt];
        field.CopyTo(changes);
        long time = (long)(field[0] & 1) << 32 | BinaryPrimitives.ReadUInt32BigEndian(field[1..]);
        time = (time + ticks) & (TsClock.PtsModulus - 1);
        field[0] = (byte)(field[0] & 0xFE | (int)(time >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(field[1..], (uint)time);
        for (int i = 0; i < changes.Length; i++)
            changes[i] ^= field[i];
        return PsiCrc32.Difference(changes, size - AdjustmentEnd - PsiCrc32.Size);
    }

    // What of the section's last four bytes is in this piece of it, which begins where so many are left.
    private static void Patch(Span<byte> piece, int left, uint change)
    {
        for (int i = 0; i < PsiCrc32.Size; i++)
        {
            int at = left - PsiCrc32.Size + i;
            if (at >= 0 && at < piece.Length)
                piece[at] ^= (byte)(change >> (24 - 8 * i));
        }
    }

    private int FindFree()
    {
        int place = _cuts.Length - 1;
        while (place >= 0 && _cuts[place].Left > 0)
            place--;
        return place;
    }

    private int Find(ushort pid)
    {
        for (int i = 0; i < _cuts.Length; i++)
            if (_cuts[i].Left > 0 && _cuts[i].Pid == pid)
                return i;
        return -1;
    }
}
