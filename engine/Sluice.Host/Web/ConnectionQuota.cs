using System.Net;
using Microsoft.AspNetCore.Connections;
using Sluice.Control.Access;

namespace Sluice.Host.Web;

/// <summary>
/// Bounds the connections that one address (IPv6: one /64, which is one customer) holds at a time, over all listeners.
/// Loopback is free: what runs on the box itself can do worse.
/// </summary>
internal sealed class ConnectionQuota(int perAddressMax)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _held = [];

    /// <summary>Connection middleware: refuses by closing at once, before a byte is read.</summary>
    public ConnectionDelegate Guard(ConnectionDelegate next) => async connection =>
    {
        var peer = (connection.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        if (!TryEnter(peer))
        {
            connection.Abort(new ConnectionAbortedException("Too many connections from this address."));
            return;
        }
        try
        {
            await next(connection);
        }
        finally
        {
            Leave(peer);
        }
    };

    public bool TryEnter(IPAddress peer)
    {
        if (IsFree(peer))
            return true;
        lock (_lock)
        {
            var held = _held.GetValueOrDefault(AddressPrefix.Of(peer));
            if (held >= perAddressMax)
                return false;
            _held[AddressPrefix.Of(peer)] = held + 1;
            return true;
        }
    }

    public void Leave(IPAddress peer)
    {
        if (IsFree(peer))
            return;
        lock (_lock)
        {
            // Entries go when they reach zero, so that the table is no larger than what is connected.
            if (--_held[AddressPrefix.Of(peer)] == 0)
                _held.Remove(AddressPrefix.Of(peer));
        }
    }

    private static bool IsFree(IPAddress peer) => IPAddress.IsLoopback(peer.IsIPv4MappedToIPv6 ? peer.MapToIPv4() : peer);
}
