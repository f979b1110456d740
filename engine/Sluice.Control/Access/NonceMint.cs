using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using Sluice.Linux;

namespace Sluice.Control.Access;

/// <summary>What a nonce of ours says.</summary>
/// <param name="IssuedNs">Monotonic; no two nonces have the same, so it also names the nonce.</param>
/// <param name="Connection">See <see cref="AccessQuestion.Connection"/>.</param>
internal readonly record struct Nonce(long IssuedNs, ulong Connection);

/// <summary>
/// Makes and knows nonces without remembering them: time and connection, and an HMAC over both with a key of this process
/// (RFC 7616 §3.3). Any control thread.
/// </summary>
internal sealed class NonceMint
{
    private const int PlainBytes = 16;
    private const int MacBytes = 16;
    private const int Bytes = PlainBytes + MacBytes;
    private static readonly int s_textLength = Base64Url.GetEncodedLength(Bytes);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private long _lastNs = long.MinValue;

    public string Issue(ulong connection, MonotonicTime now)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, UniqueNs(now.Ns));
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], connection);
        Mac(bytes[..PlainBytes], bytes[PlainBytes..]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>False for what this process did not make.</summary>
    public bool TryRead(ReadOnlySpan<byte> text, out Nonce nonce)
    {
        nonce = default;
        Span<byte> bytes = stackalloc byte[Bytes];
        Span<byte> mac = stackalloc byte[MacBytes];
        // Not TryDecodeFromUtf8: that one throws on what is not Base64.
        if (text.Length != s_textLength || Base64Url.DecodeFromUtf8(text, bytes, out _, out var length) != OperationStatus.Done || length != Bytes)
            return false;
        Mac(bytes[..PlainBytes], mac);
        if (!CryptographicOperations.FixedTimeEquals(mac, bytes[PlainBytes..]))
            return false;
        nonce = new Nonce(BinaryPrimitives.ReadInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
        return true;
    }

    private void Mac(ReadOnlySpan<byte> plain, Span<byte> mac)
    {
        Span<byte> full = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, plain, full);
        full[..MacBytes].CopyTo(mac);
    }

    private long UniqueNs(long nowNs)
    {
        long last, next;
        do
        {
            last = Interlocked.Read(ref _lastNs);
            next = nowNs > last ? nowNs : last + 1;
        }
        while (Interlocked.CompareExchange(ref _lastNs, next, last) != last);
        return next;
    }
}
