namespace Sluice.Sim;

/// <summary>A socket's receive buffer: bounded, and what does not fit is lost as in the kernel.</summary>
public sealed class InboundQueue
{
    private const int Capacity = 4_096;

    private readonly SimPacket[] _packets = new SimPacket[Capacity];
    private int _head, _tail;

    public int Count => _tail - _head;

    public long Dropped { get; private set; }

    public void Put(in SimPacket packet)
    {
        if (Count == Capacity)
            Dropped++;
        else
            _packets[_tail++ & (Capacity - 1)] = packet;
    }

    public ref readonly SimPacket Take() => ref _packets[_head++ & (Capacity - 1)];
}
