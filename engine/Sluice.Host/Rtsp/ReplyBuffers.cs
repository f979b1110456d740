using System.Buffers;
using Microsoft.Extensions.ObjectPool;

namespace Sluice.Host.Rtsp;

/// <summary>The buffers that RTSP replies are written into, shared by all connections. Any thread.</summary>
internal sealed class ReplyBuffers : PooledObjectPolicy<ArrayBufferWriter<byte>>
{
    /// <summary>An SDP with its head fits; a larger one grows the buffer once.</summary>
    private const int FirstBytes = 2048;

    /// <summary>What grew beyond this is left to the collector.</summary>
    private const int KeptBytesMax = 64 * 1024;

    public static ObjectPool<ArrayBufferWriter<byte>> Pool { get; } = new DefaultObjectPool<ArrayBufferWriter<byte>>(new ReplyBuffers());

    public override ArrayBufferWriter<byte> Create() => new(FirstBytes);

    public override bool Return(ArrayBufferWriter<byte> obj)
    {
        obj.ResetWrittenCount();
        return obj.Capacity <= KeptBytesMax;
    }
}
