using Sluice.Linux;

namespace Sluice.Tests.Linux.Sockets;

/// <summary>A receive batch with its buffers.</summary>
internal sealed class Inbox : IDisposable
{
    private readonly NativeBuffer _memory;
    private readonly int _slotBytes;

    internal Inbox(int capacity, int slotBytes)
    {
        _slotBytes = slotBytes;
        _memory = new NativeBuffer((long)capacity * slotBytes, prefault: false);
        Batch = new ReceiveBatch(capacity);
        for (var i = 0; i < capacity; i++) Batch.SetBuffer(i, _memory.Address + (i * slotBytes), slotBytes);
    }

    internal ReceiveBatch Batch { get; }

    internal byte[] Bytes(int index) => _memory.Slice((long)index * _slotBytes, Batch.Length(index)).ToArray();

    public void Dispose()
    {
        Batch.Dispose();
        _memory.Dispose();
    }
}
