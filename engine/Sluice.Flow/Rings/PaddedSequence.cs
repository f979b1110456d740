using System.Runtime.InteropServices;

namespace Sluice.Flow;

/// <summary>
/// A counter alone on its cache lines: 128 bytes before and after it, because the adjacent-line prefetcher
/// of x64 pairs lines of 64. A layout test holds the size and the offset.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct PaddedSequence
{
    [FieldOffset(128)]
    public long Value;
}
