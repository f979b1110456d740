namespace Sluice.Wire.Rtp;

/// <summary>
/// The elements of a general RTP header extension (RFC 8285 §4.2 one-byte, §4.3 two-byte), walked with <c>foreach</c>.
/// A malformed element ends the walk: what came before it stands, nothing after it is trusted.
/// </summary>
public readonly ref struct RtpExtensionElements(ushort profile, ReadOnlySpan<byte> data)
{
    /// <summary>"Defined by profile" bits of the one-byte form (RFC 8285 §4.2).</summary>
    public const ushort OneByteProfile = 0xBEDE;

    /// <summary>The two-byte form: 12 fixed bits, then 4 application bits (RFC 8285 §4.3).</summary>
    public const ushort TwoByteProfile = 0x1000;

    private readonly ReadOnlySpan<byte> _data = data;
    private readonly ushort _profile = profile;

    public Enumerator GetEnumerator() => _profile switch
    {
        OneByteProfile => new Enumerator(_data, twoByte: false),
        _ when (_profile & 0xfff0) == TwoByteProfile => new Enumerator(_data, twoByte: true),
        _ => default,
    };

    /// <summary>One element: local identifier and data, which may be empty in the two-byte form.</summary>
    public readonly ref struct Element(byte id, ReadOnlySpan<byte> data)
    {
        public byte Id { get; } = id;
        public ReadOnlySpan<byte> Data { get; } = data;
    }

    /// <summary>Takes at least one byte from the rest at each step, so it ends.</summary>
    public ref struct Enumerator(ReadOnlySpan<byte> data, bool twoByte)
    {
        private readonly bool _twoByte = twoByte;
        private ReadOnlySpan<byte> _rest = data;

        public Element Current { get; private set; }

        public bool MoveNext()
        {
            // Id 0 is padding, one byte long whatever the form; a one-byte 0 with a length is not padding and ends the walk.
            while (_rest.Length > 0 && _rest[0] == 0)
                _rest = _rest[1..];
            return _rest.Length > 0 && (_twoByte ? TakeTwoByte() : TakeOneByte());
        }

        private bool TakeOneByte()
        {
            int id = _rest[0] >> 4;
            int length = (_rest[0] & 0x0f) + 1;
            // RFC 8285 §4.2: id 15 stops processing; an id 0 with a length may be ignored from there on.
            return id is not (0 or 15) && Take((byte)id, headSize: 1, length);
        }

        private bool TakeTwoByte() => _rest.Length >= 2 && Take(_rest[0], headSize: 2, _rest[1]);

        private bool Take(byte id, int headSize, int length)
        {
            if (headSize + length > _rest.Length)
                return false;
            Current = new Element(id, _rest.Slice(headSize, length));
            _rest = _rest[(headSize + length)..];
            return true;
        }
    }
}
