using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Sluice.Tests.Kit.Rtp;

/// <summary>Takes one datagram, or one segment of a coalesced one, with the kernel's arrival time.</summary>
internal delegate void DatagramHandler(ReadOnlySpan<byte> datagram, long arrivalNs);

/// <summary>
/// Reads sockets with recvmmsg, kernel timestamps, drop counts and generic receive offload (a train that the sender sent as one
/// message arrives as one message; on loopback that is several times cheaper). One thread.
/// </summary>
internal sealed unsafe class BatchReader : IDisposable
{
    private const int Batch = 16, BufferSize = 65_536, ControlSize = 128;
    private readonly byte* _buffers = (byte*)NativeMemory.Alloc(Batch * BufferSize);
    private readonly byte* _controls = (byte*)NativeMemory.Alloc(Batch * ControlSize);
    private readonly Kernel.Message* _messages = (Kernel.Message*)NativeMemory.AllocZeroed((nuint)(Batch * sizeof(Kernel.Message)));
    private readonly Kernel.Vector* _vectors = (Kernel.Vector*)NativeMemory.Alloc((nuint)(Batch * sizeof(Kernel.Vector)));

    public BatchReader()
    {
        for (var i = 0; i < Batch; i++)
        {
            _vectors[i] = new Kernel.Vector { Base = _buffers + i * BufferSize, Length = BufferSize };
            _messages[i] = new Kernel.Message { Vectors = _vectors + i, VectorCount = 1, Control = _controls + i * ControlSize };
        }
    }

    /// <summary>Asks for what <see cref="Drain"/> reads, before the socket is bound.</summary>
    public static void Prepare(Socket socket, int receiveBufferBytes)
    {
        // SO_RCVBUFFORCE passes net.core.rmem_max, for root only; otherwise the kernel's maximum must do.
        if (Environment.IsPrivilegedProcess) Set(socket, Kernel.SocketLevel, Kernel.ReceiveBufferForce, receiveBufferBytes);
        else socket.ReceiveBufferSize = receiveBufferBytes;
        Set(socket, Kernel.SocketLevel, Kernel.TimestampNs, 1);
        Set(socket, Kernel.SocketLevel, Kernel.ReceiveQueueOverflow, 1);
        Set(socket, Kernel.UdpLevel, Kernel.UdpGro, 1);
    }

    /// <summary>Reads until the socket is empty; returns the socket's total of dropped datagrams, or null when it dropped none so far.</summary>
    public uint? Drain(int socket, DatagramHandler handler)
    {
        uint? overflowed = null;
        int received;
        do
        {
            // The kernel writes the lengths back, so they are set again before each call.
            for (var i = 0; i < Batch; i++) _messages[i].ControlLength = ControlSize;
            received = Kernel.recvmmsg(socket, _messages, Batch, Kernel.DontWait, null);
            for (var i = 0; i < received; i++) overflowed = Take(_messages + i, handler) ?? overflowed;
        }
        while (received == Batch);
        return overflowed;
    }

    public void Dispose()
    {
        NativeMemory.Free(_buffers);
        NativeMemory.Free(_controls);
        NativeMemory.Free(_messages);
        NativeMemory.Free(_vectors);
    }

    private static void Set(Socket socket, int level, int option, int value) =>
        socket.SetRawSocketOption(level, option, BitConverter.GetBytes(value));

    private static uint? Take(Kernel.Message* message, DatagramHandler handler)
    {
        var length = (int)message->Received;
        var segment = length;
        long arrivalNs = 0;
        uint? overflowed = null;
        var at = (byte*)message->Control;
        var end = at + message->ControlLength;
        while (at + sizeof(Kernel.ControlHeader) <= end)
        {
            var header = (Kernel.ControlHeader*)at;
            var data = at + sizeof(Kernel.ControlHeader);
            if (header->Level == Kernel.SocketLevel && header->Type == Kernel.TimestampNs) arrivalNs = ((long*)data)[0] * 1_000_000_000 + ((long*)data)[1];
            if (header->Level == Kernel.SocketLevel && header->Type == Kernel.ReceiveQueueOverflow) overflowed = *(uint*)data;
            if (header->Level == Kernel.UdpLevel && header->Type == Kernel.UdpGro) segment = *(int*)data;
            at += (header->Length + 7) & ~(nuint)7;
        }
        var datagram = new ReadOnlySpan<byte>(message->Vectors->Base, length);
        for (var offset = 0; offset < length; offset += segment) handler(datagram.Slice(offset, Math.Min(segment, length - offset)), arrivalNs);
        return overflowed;
    }
}
