using System.Buffers.Binary;

namespace Sluice.Wire.MpegTs;

/// <summary>One line of a PAT. Program number 0 names the network information table's PID.</summary>
public readonly record struct PatProgram(ushort ProgramNumber, ushort Pid)
{
    public const int Size = 4;

    public bool IsNetworkInformation => ProgramNumber == 0;
}

/// <summary>The program association table seen in place: which PID has which program's map (ISO/IEC 13818-1 §2.4.4.3).</summary>
public readonly ref struct Pat
{
    private readonly PsiSection _section;

    private Pat(PsiSection section) => _section = section;

    public ushort TransportStreamId => _section.TableIdExtension;
    public byte Version => _section.Version;
    public bool IsCurrent => _section.IsCurrent;
    public int ProgramCount => _section.Body.Length / PatProgram.Size;

    public static bool TryRead(scoped in PsiSection section, out Pat pat)
    {
        bool isPat = section.TableId == PsiSection.PatTableId && section.Body.Length % PatProgram.Size == 0;
        pat = isPat ? new Pat(section) : default;
        return isPat;
    }

    /// <summary>Bytes of a section with that many programs; at most 253 fit one section.</summary>
    public static int SizeWith(int programs) => PsiSection.BodyOffset + programs * PatProgram.Size + PsiCrc32.Size;

    /// <summary>Writes one section with its CRC and returns its size.</summary>
    public static int Write(Span<byte> target, ushort transportStreamId, byte version, ReadOnlySpan<PatProgram> programs)
    {
        var body = target[PsiSection.BodyOffset..];
        foreach (var program in programs)
        {
            BinaryPrimitives.WriteUInt16BigEndian(body, program.ProgramNumber);
            BinaryPrimitives.WriteUInt16BigEndian(body[2..], (ushort)(0xe000 | program.Pid));
            body = body[PatProgram.Size..];
        }
        return PsiSection.Finish(target, PsiSection.PatTableId, transportStreamId, version, programs.Length * PatProgram.Size);
    }

    public Enumerator GetEnumerator() => new(_section.Body);

    public ref struct Enumerator(ReadOnlySpan<byte> programs)
    {
        private ReadOnlySpan<byte> _rest = programs;

        public PatProgram Current { get; private set; }

        public bool MoveNext()
        {
            if (_rest.Length < PatProgram.Size)
                return false;
            ushort pid = (ushort)(BinaryPrimitives.ReadUInt16BigEndian(_rest[2..]) & 0x1fff);
            Current = new PatProgram(BinaryPrimitives.ReadUInt16BigEndian(_rest), pid);
            _rest = _rest[PatProgram.Size..];
            return true;
        }
    }
}
