using System.Runtime.InteropServices;

namespace Sluice.Flow;

/// <summary>
/// What one side of a ring alone reads and writes: its own position and a stale copy of the other side's. Alone on its cache lines as
/// <see cref="PaddedSequence"/>: the two halves of a ring are small objects made together, which lie on one line otherwise.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 272)]
internal struct PaddedCursor
{
    [FieldOffset(128)]
    public long Position;

    [FieldOffset(136)]
    public long OtherSeen;
}
