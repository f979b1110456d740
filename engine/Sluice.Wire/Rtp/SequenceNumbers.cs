namespace Sluice.Wire.Rtp;

/// <summary>
/// Arithmetic on 16-bit sequence numbers that wrap (RFC 3550 A.1, RFC 1982). A distance of exactly 0x8000 is ambiguous
/// and counts as old: taken as new, one bad packet would look like 32,768 lost ones.
/// </summary>
public static class SequenceNumbers
{
    /// <summary>Steps from <paramref name="earlier"/> to <paramref name="later"/>: −32,768 to 32,767, negative if older.</summary>
    public static int Distance(ushort earlier, ushort later) => (short)(later - earlier);

    public static bool IsNewer(ushort candidate, ushort reference) => Distance(reference, candidate) > 0;

    /// <summary>
    /// The 32-bit extended number (cycles × 65,536 + sequence) nearest to <paramref name="highest"/>; one from before
    /// the very first cycle wraps below zero like any 32-bit number, as receiver reports expect (RFC 3550 A.1).
    /// </summary>
    public static uint Extend(uint highest, ushort sequenceNumber) =>
        (uint)(highest + Distance((ushort)highest, sequenceNumber));

    /// <summary>The 64-bit extended number nearest to <paramref name="highest"/>; negative when it lies before the first cycle.</summary>
    public static long Extend(long highest, ushort sequenceNumber) =>
        highest + Distance((ushort)highest, sequenceNumber);
}
