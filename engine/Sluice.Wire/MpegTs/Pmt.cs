using System.Buffers.Binary;

namespace Sluice.Wire.MpegTs;

/// <summary>One elementary stream of a program: what it is, where it is, and its descriptors.</summary>
public readonly ref struct PmtStream(byte type, ushort pid, TsDescriptors descriptors)
{
    /// <summary>See <see cref="TsStreamTypes"/>.</summary>
    public byte Type { get; } = type;
    public ushort Pid { get; } = pid;
    public TsDescriptors Descriptors { get; } = descriptors;
}

/// <summary>The program map table seen in place (ISO/IEC 13818-1 §2.4.4.8); its lengths were checked by <see cref="TryRead"/>.</summary>
public readonly ref struct Pmt
{
    internal const int StreamHeadSize = 5;
    internal const int FixedSize = 4;

    private readonly PsiSection _section;
    private readonly int _streamsOffset;

    private Pmt(PsiSection section, int streamsOffset)
    {
        _section = section;
        _streamsOffset = streamsOffset;
    }

    public ushort ProgramNumber => _section.TableIdExtension;
    public byte Version => _section.Version;
    public bool IsCurrent => _section.IsCurrent;

    /// <summary>The PID whose packets carry this program's PCR; <see cref="TsPacket.NullPid"/> when none does.</summary>
    public ushort PcrPid => (ushort)(BinaryPrimitives.ReadUInt16BigEndian(_section.Body) & 0x1fff);

    /// <summary>Descriptors of the program as a whole.</summary>
    public TsDescriptors ProgramDescriptors => new(_section.Body[FixedSize.._streamsOffset]);

    public static bool TryRead(scoped in PsiSection section, out Pmt pmt)
    {
        pmt = default;
        if (section.TableId != PsiSection.PmtTableId || section.Body.Length < FixedSize)
            return false;
        var body = section.Body;
        int streamsOffset = FixedSize + Length12(body[2..]);
        if (streamsOffset > body.Length)
            return false;
        var rest = body[streamsOffset..];
        while (rest.Length > 0)
        {
            if (rest.Length < StreamHeadSize || rest.Length < StreamHeadSize + Length12(rest[3..]))
                return false;
            rest = rest[(StreamHeadSize + Length12(rest[3..]))..];
        }
        pmt = new Pmt(section, streamsOffset);
        return true;
    }

    public Enumerator GetEnumerator() => new(_section.Body[_streamsOffset..]);

    private static int Length12(ReadOnlySpan<byte> field) => BinaryPrimitives.ReadUInt16BigEndian(field) & 0xfff;

    /// <summary>Takes at least five bytes at each step, so it ends.</summary>
    public ref struct Enumerator(ReadOnlySpan<byte> streams)
    {
        private ReadOnlySpan<byte> _rest = streams;

        public PmtStream Current { get; private set; }

        public bool MoveNext()
        {
            if (_rest.Length < StreamHeadSize)
                return false;
            ushort pid = (ushort)(BinaryPrimitives.ReadUInt16BigEndian(_rest[1..]) & 0x1fff);
            var descriptors = _rest.Slice(StreamHeadSize, Length12(_rest[3..]));
            Current = new PmtStream(_rest[0], pid, new TsDescriptors(descriptors));
            _rest = _rest[(StreamHeadSize + descriptors.Length)..];
            return true;
        }
    }
}
