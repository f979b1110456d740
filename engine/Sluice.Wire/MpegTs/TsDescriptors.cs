namespace Sluice.Wire.MpegTs;

/// <summary>One descriptor: tag and data (ISO/IEC 13818-1 §2.6).</summary>
public readonly ref struct TsDescriptor(byte tag, ReadOnlySpan<byte> data)
{
    public byte Tag { get; } = tag;
    public ReadOnlySpan<byte> Data { get; } = data;
}

/// <summary>A descriptor loop seen in place, walked with <c>foreach</c>; one that claims more than there is ends the walk.</summary>
public readonly ref struct TsDescriptors
{
    internal TsDescriptors(ReadOnlySpan<byte> bytes) => Bytes = bytes;

    /// <summary>The loop as it stands, for copying through.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    public Enumerator GetEnumerator() => new(Bytes);

    /// <summary>Takes at least two bytes at each step, so it ends.</summary>
    public ref struct Enumerator(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        public TsDescriptor Current { get; private set; }

        public bool MoveNext()
        {
            if (_rest.Length < 2 || _rest.Length < 2 + _rest[1])
                return false;
            Current = new TsDescriptor(_rest[0], _rest.Slice(2, _rest[1]));
            _rest = _rest[(2 + Current.Data.Length)..];
            return true;
        }
    }
}
