using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Sluice.Linux;

/// <summary>
/// An address and port as the kernel wants it (<c>sockaddr_in</c>, <c>sockaddr_in6</c>): a 28-byte value without pointers. Bytes that
/// IPv4 does not use are zero, so that equal addresses are equal bytes.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 28, Pack = 4)]
public readonly struct DatagramAddress : IEquatable<DatagramAddress>
{
    internal const int IPv4Bytes = 16, IPv6Bytes = 28;

    [FieldOffset(0)] private readonly ushort _family;
    [FieldOffset(2)] private readonly ushort _portNetworkOrder;
    [FieldOffset(4)] private readonly uint _ipv4OrFlow;
    [FieldOffset(8)] private readonly ulong _ipv6First;
    [FieldOffset(16)] private readonly ulong _ipv6Last;
    [FieldOffset(24)] private readonly uint _scopeId;

    private DatagramAddress(ushort family, ushort portNetworkOrder, uint ipv4, ulong first, ulong last, uint scopeId) =>
        (_family, _portNetworkOrder, _ipv4OrFlow, _ipv6First, _ipv6Last, _scopeId) =
        (family, portNetworkOrder, ipv4, first, last, scopeId);

    public static DatagramAddress From(IPEndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        return From(endPoint.Address, endPoint.Port);
    }

    /// <param name="address">IPv4 or IPv6. The scope of an IPv6 address is kept unless <paramref name="scopeId"/> gives one.</param>
    /// <param name="port">0..65,535; throws outside.</param>
    /// <param name="scopeId">The interface index of a link-local IPv6 address; not used for IPv4.</param>
    public static DatagramAddress From(IPAddress address, int port, uint scopeId = 0)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentOutOfRangeException.ThrowIfNegative(port);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, ushort.MaxValue);
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        var networkPort = Swapped((ushort)port);
        if (length == 4) return new(Libc.AF_INET, networkPort, MemoryMarshal.Read<uint>(bytes), 0, 0, 0);
        var scope = scopeId != 0 ? scopeId : (uint)address.ScopeId;
        return new(Libc.AF_INET6, networkPort, 0, MemoryMarshal.Read<ulong>(bytes), MemoryMarshal.Read<ulong>(bytes[8..]), scope);
    }

    public bool IsIPv6 => _family == Libc.AF_INET6;

    public ushort Port => Swapped(_portNetworkOrder);

    /// <summary>How many of the 28 bytes the kernel wants: 16 or 28.</summary>
    public int Length => IsIPv6 ? IPv6Bytes : IPv4Bytes;

    /// <summary>224.0.0.0/4 (RFC 5771) or ff00::/8 (RFC 4291 §2.7).</summary>
    public bool IsMulticast => IsIPv6 ? (byte)_ipv6First == 0xff : ((byte)_ipv4OrFlow & 0xf0) == 0xe0;

    public DatagramAddress WithPort(ushort port) => new(_family, Swapped(port), _ipv4OrFlow, _ipv6First, _ipv6Last, _scopeId);

    /// <summary>The same machine, whatever the port.</summary>
    public bool SameHost(in DatagramAddress other) =>
        _family == other._family && _ipv4OrFlow == other._ipv4OrFlow && _ipv6First == other._ipv6First &&
        _ipv6Last == other._ipv6Last && _scopeId == other._scopeId;

    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        MemoryMarshal.Write(bytes, _ipv6First);
        MemoryMarshal.Write(bytes[8..], _ipv6Last);
        return IsIPv6 ? new IPAddress(bytes, _scopeId) : new IPAddress(_ipv4OrFlow);
    }

    public IPEndPoint ToEndPoint() => new(ToIPAddress(), Port);

    public bool Equals(DatagramAddress other) => _portNetworkOrder == other._portNetworkOrder && SameHost(other);

    public override bool Equals(object? obj) => obj is DatagramAddress other && Equals(other);

    public override int GetHashCode()
    {
        var mixed = Mix(((ulong)_portNetworkOrder << 32) | _ipv4OrFlow);
        return (int)Mix(Mix(mixed ^ _ipv6First) ^ _ipv6Last ^ ((ulong)_scopeId << 16));
    }

    public static bool operator ==(DatagramAddress left, DatagramAddress right) => left.Equals(right);
    public static bool operator !=(DatagramAddress left, DatagramAddress right) => !left.Equals(right);

    public override string ToString() => _family == 0 ? "none" : ToEndPoint().ToString();

    // Neighbouring clients differ in a port or in the last octet, which here is the highest byte: fold down, multiply up, fold down,
    // so that every bit reaches the low ones.
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 32)) * 0x9E3779B97F4A7C15;
        return value ^ (value >> 29);
    }

    private static ushort Swapped(ushort value) => BinaryPrimitives.ReverseEndianness(value);
}
