using System.Buffers.Binary;

namespace Sluice.Store;

/// <summary>One record, as bytes: the only place that knows where a field of it lies. Little-endian throughout.</summary>
/// <remarks><code>
///         0               4               8              12              16
///         +---------------+---------------+-------------------------------+
///      0  | commit word   | CRC32C        | feed sequence                 |
///         +---------------+---------------+-------------------------------+
///     16  | delivery time, wall ns        | delivery time, monotonic ns   |
///         +---------------+-------+---+---+-------------------------------+
///     32  | RTP timestamp | length|MPT|flg|  payload, "length" bytes …
///         +---------------+-------+---+---+
///         … zeros up to a multiple of 8
///
///   commit word   0: not written yet. The low half of the segment's epoch: written. Anything else: not of this segment
///   CRC32C        over the segment's 8-byte epoch, then bytes 8 to the end of the payload (padding not included)
///   length        payload bytes, 0 … 9,000
///   MPT           marker bit and payload type, RFC 3550 §5.1
///   flg           1 discontinuity, 2 random access; other bits 0, ignored
/// </code>
/// A batch of records is one write whose first commit word is still 0; a second write of those 4 bytes makes the
/// whole batch visible at once. The epoch is in the commit word and in the checksum, so that what an earlier life of
/// the file left behind can never be taken for a record of this one.
/// </remarks>
public static class RecordCodec
{
    public const int HeaderBytes = 40;
    public const int CommitBytes = 4;

    /// <summary>Largest payload: a jumbo frame's datagram.</summary>
    public const int PayloadBytesMax = 9_000;

    public const int RecordBytesMax = HeaderBytes + PayloadBytesMax;

    /// <summary>Bytes that a record with so large a payload takes in a segment.</summary>
    public static int SizeOf(int payloadBytes) => (HeaderBytes + payloadBytes + 7) & ~7;

    /// <summary>Lays a record down with neither checksum nor commit word, and returns its size; <see cref="Seal"/> completes it.</summary>
    public static int Stage(in RecordMeta meta, ReadOnlySpan<byte> payload, Span<byte> target)
    {
        var size = SizeOf(payload.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(target[(size - 8)..], 0); // padding; payload goes over what it needs
        BinaryPrimitives.WriteUInt64LittleEndian(target, 0);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], meta.FeedSequence);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], meta.DeliveryWallNs);
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], meta.DeliveryNs);
        BinaryPrimitives.WriteUInt32LittleEndian(target[32..], meta.RtpTimestamp);
        BinaryPrimitives.WriteUInt16LittleEndian(target[36..], (ushort)payload.Length);
        target[38] = meta.MarkerAndPayloadType;
        target[39] = (byte)meta.Flags;
        payload.CopyTo(target[HeaderBytes..]);
        return size;
    }

    /// <summary>
    /// Gives every staged record of <paramref name="batch"/> its checksum and commit word for one epoch, the first
    /// commit word excepted: it stays 0 until the batch is in the file. May be repeated with another epoch.
    /// </summary>
    public static void Seal(Span<byte> batch, ulong epoch)
    {
        var rest = batch;
        while (rest.Length >= HeaderBytes)
        {
            var length = PayloadLengthOf(rest);
            WriteCommit(rest, epoch);
            BinaryPrimitives.WriteUInt32LittleEndian(rest[4..], Checksum(rest[..(HeaderBytes + length)], epoch));
            rest = rest[SizeOf(length)..];
        }
        batch[..Math.Min(CommitBytes, batch.Length)].Clear();
    }

    /// <summary>Writes the word that makes a record, and with it its batch, visible.</summary>
    public static void WriteCommit(Span<byte> target, ulong epoch) => BinaryPrimitives.WriteUInt32LittleEndian(target, (uint)epoch);

    /// <summary>Whether the record header at the start of <paramref name="source"/> says it was written under this epoch.</summary>
    public static bool IsCommitted(ReadOnlySpan<byte> source, ulong epoch) =>
        source.Length >= HeaderBytes && BinaryPrimitives.ReadUInt32LittleEndian(source) == (uint)epoch;

    /// <summary>Payload length of the record at the start of <paramref name="source"/>, not yet to be believed.</summary>
    public static int PayloadLengthOf(ReadOnlySpan<byte> source) => BinaryPrimitives.ReadUInt16LittleEndian(source[36..]);

    /// <summary>
    /// Reads the record at the start of <paramref name="source"/>; false for anything that is not a whole, committed,
    /// unharmed record of this epoch, whatever the bytes are.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> source, ulong epoch, out RecordMeta meta, out ReadOnlySpan<byte> payload)
    {
        meta = default;
        payload = default;
        if (!IsCommitted(source, epoch))
            return false;
        var length = PayloadLengthOf(source);
        if (length > PayloadBytesMax || source.Length < HeaderBytes + length)
            return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(source[4..]) != Checksum(source[..(HeaderBytes + length)], epoch))
            return false;
        meta = ReadMeta(source);
        payload = source.Slice(HeaderBytes, length);
        return true;
    }

    /// <summary>The fields of a record that is known to be good.</summary>
    internal static RecordMeta ReadMeta(ReadOnlySpan<byte> source) => new()
    {
        FeedSequence = BinaryPrimitives.ReadUInt64LittleEndian(source[8..]),
        DeliveryWallNs = BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
        DeliveryNs = BinaryPrimitives.ReadInt64LittleEndian(source[24..]),
        RtpTimestamp = BinaryPrimitives.ReadUInt32LittleEndian(source[32..]),
        MarkerAndPayloadType = source[38],
        Flags = (RecordFlags)source[39],
    };

    private static uint Checksum(ReadOnlySpan<byte> record, ulong epoch)
    {
        Span<byte> salt = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(salt, epoch);
        return Crc32C.Compute(record[8..], Crc32C.Compute(salt));
    }
}
