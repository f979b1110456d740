namespace Sluice.Wire.MpegTs;

/// <summary>
/// Puts the sections of one PID together from packets (ISO/IEC 13818-1 §2.4.4.1) in a fixed 4 KiB, and hands out only
/// those of the long form whose CRC is right (X9). Owned by one thread. How many PIDs are followed at all is the caller's limit.
/// </summary>
public sealed class PsiSectionAssembler
{
    private const int NotCollecting = -1;
    private const byte Stuffing = 0xff;

    private readonly byte[] _partial = new byte[PsiSection.SizeMax];
    private int _collected = NotCollecting;
    private byte _lastCounter = NoCounter;
    private const byte NoCounter = 0xff;

    /// <summary>Whole sections that were refused: bad CRC, impossible length, or short form.</summary>
    public long RefusedSections { get; private set; }

    /// <summary>Begun sections that a lost or damaged packet cut off.</summary>
    public long BrokenSections { get; private set; }

    /// <summary>
    /// Takes the next packet of the PID and returns the sections that it completes. Walk them to the end before the next
    /// packet: the walk itself keeps what the packet begins.
    /// </summary>
    public Sections Receive(scoped in TsPacket packet)
    {
        if (!packet.HasPayload || packet.TransportError || packet.ContinuityCounter == _lastCounter)
            return default;     // nothing new: stuffing, damage, or the one allowed duplicate
        bool contiguous = packet.ContinuityCounter == ((_lastCounter + 1) & 0x0f);
        _lastCounter = packet.ContinuityCounter;
        if (!contiguous)
            DropPartial();
        return Split(packet);
    }

    /// <summary>Forgets the section under way, e.g. when the source changes.</summary>
    public void Reset()
    {
        _collected = NotCollecting;
        _lastCounter = NoCounter;
    }

    private Sections Split(scoped in TsPacket packet)
    {
        var payload = packet.Payload;
        if (!packet.PayloadUnitStart)
            return new Sections(this, tail: payload, starts: default);
        // The pointer field says how many bytes still belong to the section before.
        if (payload.Length == 0 || payload[0] >= payload.Length)
        {
            DropPartial();
            return default;
        }
        return new Sections(this, payload.Slice(1, payload[0]), payload[(1 + payload[0])..], startsHere: true);
    }

    private void DropPartial()
    {
        if (_collected > 0)
            BrokenSections++;
        _collected = NotCollecting;
    }

    // Adds bytes to the section under way; true when that makes it whole.
    private bool Append(ReadOnlySpan<byte> bytes, out PsiSection section)
    {
        section = default;
        if (_collected == NotCollecting)
            return false;
        int taken = Math.Min(bytes.Length, _partial.Length - _collected);
        bytes[..taken].CopyTo(_partial.AsSpan(_collected));
        _collected += taken;
        int size = PsiSection.SizeOf(_partial.AsSpan(0, _collected));
        if (size > _partial.Length)
        {
            RefusedSections++;
            _collected = NotCollecting;
            return false;
        }
        if (size == 0 || _collected < size)
            return false;
        _collected = NotCollecting;
        return Check(_partial.AsSpan(0, size), out section);
    }

    private bool Check(ReadOnlySpan<byte> bytes, out PsiSection section)
    {
        if (PsiSection.TryParse(bytes, out section))
            return true;
        RefusedSections++;
        return false;
    }

    /// <summary>The sections one packet completes, walked with <c>foreach</c>; views into the packet or the assembler.</summary>
    public ref struct Sections
    {
        private readonly PsiSectionAssembler? _owner;
        private ReadOnlySpan<byte> _tail;
        private ReadOnlySpan<byte> _starts;
        private bool _startsHere;
        private PsiSection _current;

        internal Sections(PsiSectionAssembler owner, ReadOnlySpan<byte> tail, ReadOnlySpan<byte> starts, bool startsHere = false)
        {
            _owner = owner;
            _tail = tail;
            _starts = starts;
            _startsHere = startsHere;
        }

        public readonly PsiSection Current => _current;

        public readonly Sections GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_owner is null)
                return false;
            return TakeTail(_owner) || TakeWhole(_owner);
        }

        private bool TakeTail(PsiSectionAssembler owner)
        {
            var tail = _tail;
            _tail = default;
            bool whole = tail.Length > 0 && owner.Append(tail, out _current);
            if (_startsHere)
                owner.DropPartial();    // the pointer says that it ends here: what is not whole now never will be
            _startsHere = false;
            return whole;
        }

        // Each step takes at least the three bytes of a section head, so the walk ends.
        private bool TakeWhole(PsiSectionAssembler owner)
        {
            while (_starts.Length > 0 && _starts[0] != Stuffing)
            {
                int size = PsiSection.SizeOf(_starts);
                if (size == 0 || size > _starts.Length)
                {
                    owner._collected = 0;
                    owner.Append(_starts, out _);
                    _starts = default;
                    return false;
                }
                var bytes = _starts[..size];
                _starts = _starts[size..];
                if (owner.Check(bytes, out _current))
                    return true;
            }
            _starts = default;
            return false;
        }
    }
}
