namespace Sluice.Wire.Rtsp;

/// <summary>A stretch of a message head. 16 bits suffice because a head is at most 16 KiB.</summary>
internal readonly record struct ByteRange(ushort Start, ushort Length)
{
    /// <summary>Where <paramref name="part"/>, a slice of <paramref name="whole"/>, stands in it.</summary>
    public static ByteRange Of(ReadOnlySpan<byte> whole, ReadOnlySpan<byte> part)
    {
        var found = whole.Overlaps(part, out var start);
        return found ? new ByteRange((ushort)start, (ushort)part.Length) : default;   // an empty part overlaps nothing
    }

    public ReadOnlySpan<byte> In(ReadOnlySpan<byte> whole) => whole.Slice(Start, Length);
}
