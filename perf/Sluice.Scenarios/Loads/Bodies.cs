using Sluice.Linux;
using Sluice.Scenarios.Runner;

namespace Sluice.Scenarios.Loads;

/// <summary>Payloads in native memory, one a slot as in the engine's slab: what the bare loops send.</summary>
internal sealed class Bodies(int count) : IDisposable
{
    private const int SlotBytes = 1_536;
    private readonly NativeBuffer _memory = new((long)count * SlotBytes, prefault: true);

    public const int Length = StreamShape.PayloadBytes;

    public int Count => count;

    public nint At(int index) => _memory.Address + index % count * (nint)SlotBytes;

    public void Dispose() => _memory.Dispose();
}
