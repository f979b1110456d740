using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Sluice.Linux;

/// <summary>
/// Asks the processor for a cache line that will be wanted soon, so that several misses are waited for together instead of one after the
/// other. Only a hint: nothing happens where the processor has no such instruction.
/// </summary>
public static class Prefetch
{
    // sound: a prefetch reads nothing that the program can see and never faults, so an object that the collector moves meanwhile costs only the hint
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Line<T>(ref readonly T place)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.AsRef(in place)));
    }
}
