using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Tests.Kit;
using Sluice.Wire.MpegTs;

namespace Sluice.Tests.Wire.MpegTs;

/// <summary>Sections, PAT and PMT (ISO/IEC 13818-1 §2.4.4, Annex A); X9.</summary>
public class PsiTests
{
    private readonly byte[] _section = new byte[PsiSection.SizeMax];

    private static Arbitrary<int> Seeds => Gen.Choose(0, int.MaxValue - 1).ToArbitrary();

    [Fact]
    public void CrcHasTheCheckValueOfItsCatalogue() =>
        Assert.Equal(0x0376E6E7u, PsiCrc32.Compute("123456789"u8));    // CRC-32/MPEG-2

    [Fact]
    public void WritesTheTablesOfARealMuxerByteForByte()
    {
        var stream = HexVector.Load("mpegts/ffmpeg-short.hex");
        int size = Pat.Write(_section, 1, version: 0, [new PatProgram(1, 4096)]);
        Assert.Equal(stream[1].Bytes[5..(5 + size)], _section[..size]);
        // This muxer leaves the reserved bits of program 1's PID as ones, like everybody: 0xF000 is 0xE000 | 4096.
        var writer = new PmtWriter(_section, pcrPid: 256);
        writer.Add(TsStreamTypes.H264, 256);
        writer.Add(TsStreamTypes.AacAdts, 257);
        size = writer.Finish(programNumber: 1, version: 0);
        Assert.Equal(stream[2].Bytes[5..(5 + size)], _section[..size]);
    }

    [Fact]
    public void PatReadsBackThroughPackets() => Prop.ForAll(Seeds, seed =>
    {
        var random = new Random(seed);
        var programs = Enumerable.Range(0, random.Next(254)).Select(_ => new PatProgram((ushort)random.Next(65_536), (ushort)random.Next(8192))).ToArray();
        byte version = (byte)random.Next(32);
        int size = Pat.Write(_section, (ushort)seed, version, programs);
        Assert.Equal(Pat.SizeWith(programs.Length), size);
        var back = new List<PatProgram>();
        foreach (var section in new Through(_section.AsSpan(0, size), random))
        {
            Assert.True(Pat.TryRead(section, out var pat));
            Assert.Equal(((ushort)seed, version, programs.Length), (pat.TransportStreamId, pat.Version, pat.ProgramCount));
            Assert.True(pat.IsCurrent && section.SectionNumber == 0 && section.LastSectionNumber == 0);
            Assert.False(Pmt.TryRead(section, out _));
            foreach (var program in pat)
                back.Add(program);
        }
        Assert.Equal(programs, back);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void PmtReadsBackThroughPackets() => Prop.ForAll(Seeds, seed =>
    {
        var random = new Random(seed);
        var writer = new PmtWriter(_section, (ushort)random.Next(8192), AnyDescriptors(random));
        var written = new List<string>();
        for (int streams = random.Next(12); streams > 0; streams--)
        {
            var (type, pid, descriptors) = ((byte)random.Next(256), (ushort)random.Next(8192), AnyDescriptors(random));
            writer.Add(type, pid, descriptors);
            written.Add($"{type} {pid} {Convert.ToHexString(descriptors)}");
        }
        int size = writer.Finish((ushort)seed, version: 7);
        var back = new List<string>();
        foreach (var section in new Through(_section.AsSpan(0, size), random))
        {
            Assert.True(Pmt.TryRead(section, out var pmt));
            Assert.Equal(((ushort)seed, 7), (pmt.ProgramNumber, pmt.Version));
            foreach (var stream in pmt)
                back.Add($"{stream.Type} {stream.Pid} {Convert.ToHexString(Walk(stream.Descriptors))}");
        }
        Assert.Equal(written, back);
    }).QuickCheckThrowOnFailure();

    private static byte[] AnyDescriptors(Random random)
    {
        var bytes = new List<byte>();
        for (int count = random.Next(3); count > 0; count--)
        {
            byte[] data = new byte[random.Next(20)];
            random.NextBytes(data);
            bytes.AddRange([(byte)random.Next(256), (byte)data.Length, .. data]);
        }
        return [.. bytes];
    }

    private static byte[] Walk(TsDescriptors descriptors)
    {
        var bytes = new List<byte>();
        foreach (var descriptor in descriptors)
            bytes.AddRange([descriptor.Tag, (byte)descriptor.Data.Length, .. descriptor.Data]);
        return [.. bytes];
    }

    // X9: mutations whose CRC is made right again reach the readers behind it.
    [Fact]
    public void MutatedSectionsWithARightCrcAreReadWithoutAThrow()
    {
        var writer = new PmtWriter(_section, 256, [5, 4, 67, 85, 69, 73]);
        writer.Add(TsStreamTypes.H264, 256, [0x28, 2, 1, 2]);
        writer.Add(TsStreamTypes.AacAdts, 257);
        var pmt = _section[..writer.Finish(1, 0)];
        var pat = _section[..Pat.Write(_section, 1, 0, [new PatProgram(1, 4096), new PatProgram(2, 4097)])];
        AnyBytes.Check([pmt, pat], bytes =>
        {
            FixUp(bytes);
            if (!PsiSection.TryParse(bytes, out var section))
                return;
            int steps = 0;
            if (Pat.TryRead(section, out var programs))
                foreach (var program in programs)
                    Assert.True(++steps <= bytes.Length && program.Pid < TsPacket.PidCount);
            if (Pmt.TryRead(section, out var streams))
                foreach (var stream in streams)
                    Assert.True(++steps + Walk(stream.Descriptors).Length <= bytes.Length);
        });
    }

    private static void FixUp(byte[] section)
    {
        if (section.Length < 12)
            return;
        BinaryPrimitives.WriteUInt16BigEndian(section.AsSpan(1), (ushort)(0xb000 | (section.Length - 3)));
        BinaryPrimitives.WriteUInt32BigEndian(section.AsSpan(section.Length - 4), PsiCrc32.Compute(section.AsSpan(0, section.Length - 4)));
    }

    [Fact]
    public void OneWrongBitAnywhereIsRefused()
    {
        int size = Pat.Write(_section, 1, 0, [new PatProgram(1, 4096)]);
        for (int bit = 0; bit < 8 * size; bit++)
        {
            _section[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.False(PsiSection.TryParse(_section.AsSpan(0, size), out _));
            _section[bit / 8] ^= (byte)(1 << bit % 8);
        }
        Assert.True(PsiSection.TryParse(_section.AsSpan(0, size), out _));
    }

    [Theory]
    [InlineData(0x00, 1024, true)]
    [InlineData(0x00, 1025, false)]        // program tables end at section_length 1021
    [InlineData(0x02, 1025, false)]
    [InlineData(0x40, 1025, true)]
    [InlineData(0x40, 4096, true)]
    [InlineData(0x40, 12, true)]
    [InlineData(0x40, 11, false)]          // no room for the head and a CRC
    public void SectionLengthsHaveBounds(byte tableId, int size, bool taken)
    {
        var section = new byte[size];
        section[0] = tableId;
        BinaryPrimitives.WriteUInt16BigEndian(section.AsSpan(1), (ushort)(0xb000 | (size - 3)));
        BinaryPrimitives.WriteUInt32BigEndian(section.AsSpan(size - 4), PsiCrc32.Compute(section.AsSpan(0, size - 4)));
        Assert.Equal(taken, PsiSection.TryParse(section, out _));
    }

    /// <summary>Sends one section through packets and an assembler, each packet doubled by chance.</summary>
    private readonly ref struct Through(Span<byte> section, Random random)
    {
        private readonly Span<byte> _section = section;

        public PsiSectionAssembler.Sections GetEnumerator()
        {
            var packets = new byte[PsiPackets.CountFor(_section.Length) * TsPacket.Size];
            int count = PsiPackets.Write(packets, 4096, (byte)random.Next(16), _section);
            var assembler = new PsiSectionAssembler();
            for (int i = 0; i < count; i++)
            {
                Assert.True(TsPacket.TryParse(packets.AsSpan(i * TsPacket.Size), out var packet));
                var sections = assembler.Receive(packet);
                if (i == count - 1)
                    return sections;
                Assert.False(sections.MoveNext());
                if (random.Next(4) == 0)
                    Assert.False(assembler.Receive(packet).MoveNext());
            }
            return default;
        }
    }
}
