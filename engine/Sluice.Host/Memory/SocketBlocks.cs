using System.Buffers;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Sluice.Linux;

namespace Sluice.Host.Memory;

/// <summary>Has the web server's sockets read into a <see cref="BlockPool"/>.</summary>
internal static class SocketBlocks
{
    /// <summary>
    /// False where the framework has no such setting (it is internal in ASP.NET Core 9 and another one in 10): connections then read
    /// into arrays of the web server's own.
    /// </summary>
    public static bool TryUse(SocketTransportOptions options)
    {
        try
        {
            var pool = new BlockPool();         // one for all of the transport's queues
            SetMemoryPoolFactory(options, () => pool);
            return true;
        }
        catch (MissingMethodException)
        {
            return false;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_MemoryPoolFactory")]
    private static extern void SetMemoryPoolFactory(SocketTransportOptions options, Func<MemoryPool<byte>> factory);
}
