using System.Buffers.Binary;

namespace Sluice.Wire.MpegTs;

/// <summary>
/// Writes one PMT section, stream by stream (ISO/IEC 13818-1 §2.4.4.8). The target must hold what is added: at most
/// <see cref="PsiSection.ProgramTableSizeMax"/> bytes.
/// </summary>
public ref struct PmtWriter
{
    private readonly Span<byte> _body;
    private readonly Span<byte> _target;
    private int _length;

    public PmtWriter(Span<byte> target, ushort pcrPid, scoped ReadOnlySpan<byte> programDescriptors = default)
    {
        _target = target;
        _body = target[PsiSection.BodyOffset..];
        BinaryPrimitives.WriteUInt16BigEndian(_body, (ushort)(0xe000 | pcrPid));
        BinaryPrimitives.WriteUInt16BigEndian(_body[2..], (ushort)(0xf000 | programDescriptors.Length));
        programDescriptors.CopyTo(_body[Pmt.FixedSize..]);
        _length = Pmt.FixedSize + programDescriptors.Length;
    }

    public void Add(byte type, ushort pid, scoped ReadOnlySpan<byte> descriptors = default)
    {
        var entry = _body[_length..];
        entry[0] = type;
        BinaryPrimitives.WriteUInt16BigEndian(entry[1..], (ushort)(0xe000 | pid));
        BinaryPrimitives.WriteUInt16BigEndian(entry[3..], (ushort)(0xf000 | descriptors.Length));
        descriptors.CopyTo(entry[Pmt.StreamHeadSize..]);
        _length += Pmt.StreamHeadSize + descriptors.Length;
    }

    /// <summary>Writes head and CRC; returns the section's size.</summary>
    public readonly int Finish(ushort programNumber, byte version) =>
        PsiSection.Finish(_target, PsiSection.PmtTableId, programNumber, version, _length);
}
