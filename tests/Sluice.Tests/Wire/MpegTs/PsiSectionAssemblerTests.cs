using Sluice.Tests.Kit;
using Sluice.Wire.MpegTs;

namespace Sluice.Tests.Wire.MpegTs;

/// <summary>Reassembly over packets (ISO/IEC 13818-1 §2.4.4.1): borders, losses, and the bound of 4 KiB.</summary>
public class PsiSectionAssemblerTests
{
    private readonly PsiSectionAssembler _assembler = new();
    private byte _counter;

    [Fact]
    public void TakesSectionsBackToBackOverPacketBorders()
    {
        // 60 sections of different sizes as one run of bytes, cut every 183 or 184, pointers where sections start.
        var sections = Enumerable.Range(1, 60).Select(n => Section(n, programs: n * 7 % 90)).ToList();
        var found = new List<int>();
        foreach (var packet in Multiplex(sections))
            found.AddRange(Feed(packet));
        Assert.Equal(Enumerable.Range(1, 60), found);
        Assert.Equal((0L, 0L), (_assembler.RefusedSections, _assembler.BrokenSections));
    }

    [Fact]
    public void ALostPacketCostsOnlyTheSectionsInIt()
    {
        var sections = Enumerable.Range(1, 20).Select(n => Section(n, programs: 40)).ToList();   // 172 bytes each
        var packets = Multiplex(sections).ToList();
        for (int lost = 1; lost < packets.Count - 1; lost++)
        {
            _assembler.Reset();
            var found = packets.Where((_, index) => index != lost).SelectMany(Feed).ToList();
            Assert.InRange(found.Count, 17, 18);
            Assert.Equal(found.Distinct().Order(), found);
        }
        Assert.Equal(0, _assembler.RefusedSections);
        Assert.True(_assembler.BrokenSections > 0);
    }

    [Fact]
    public void ABadCrcIsCountedAndNotHandedOut()
    {
        var bad = Section(1, 3);
        bad[9] ^= 1;
        Assert.Equal([2], Multiplex([bad, Section(2, 3)]).SelectMany(Feed));
        Assert.Equal(1, _assembler.RefusedSections);
    }

    [Fact]
    public void ASectionThatClaimsMoreThanTheBufferIsDropped()
    {
        var packet = new byte[TsPacket.Size];
        for (int i = 0; i < 100; i++)
        {
            packet.AsSpan().Clear();
            TsPacket.WriteHeader(packet, 100, payloadUnitStart: i == 0, hasAdaptationField: false, hasPayload: true, (byte)(i & 15));
            if (i == 0)
                (packet[5], packet[6], packet[7]) = (0x40, 0xbf, 0xff);     // section_length 4095
            Assert.Empty(Feed(packet));
        }
        Assert.Equal((1L, 0L), (_assembler.RefusedSections, _assembler.BrokenSections));
    }

    [Fact]
    public void APointerBeyondThePacketStartsNothing()
    {
        var packet = new byte[TsPacket.Size];
        TsPacket.WriteHeader(packet, 100, payloadUnitStart: true, hasAdaptationField: false, hasPayload: true, 0);
        packet[4] = 184;
        Assert.Empty(Feed(packet));
        Assert.Equal((0L, 0L), (_assembler.RefusedSections, _assembler.BrokenSections));
    }

    [Fact]
    public void AssemblingAllocatesNothing()
    {
        var packets = Multiplex([Section(1, 100), Section(2, 3), Section(3, 80)]).ToArray();
        long seen = 0;
        Assert.Equal(0, Allocations.Of(() =>
        {
            foreach (byte[] bytes in packets)
            {
                if (!TsPacket.TryParse(bytes, out var packet))
                    continue;
                foreach (var section in _assembler.Receive(packet))
                    if (Pat.TryRead(section, out var pat))
                        foreach (var program in pat)
                            seen += program.Pid;
            }
        }));
        Assert.True(seen > 0);
    }

    private static byte[] Section(int id, int programs)
    {
        var section = new byte[PsiSection.ProgramTableSizeMax];
        int size = Pat.Write(section, (ushort)id, 0, Enumerable.Range(1, programs).Select(n => new PatProgram((ushort)n, (ushort)n)).ToArray());
        return section[..size];
    }

    private IEnumerable<byte[]> Multiplex(List<byte[]> sections)
    {
        var starts = new Queue<int>();
        int total = 0;
        foreach (var section in sections)
        {
            starts.Enqueue(total);
            total += section.Length;
        }
        byte[] run = sections.SelectMany(s => s).ToArray();
        for (int at = 0; at < total;)
        {
            var packet = new byte[TsPacket.Size];
            packet.AsSpan().Fill(0xff);
            bool starting = starts.Count > 0 && starts.Peek() < at + 183;
            // A section that would start at the 184th byte cannot be pointed to: one byte of adaptation field moves it on.
            bool stuffed = starts.Count > 0 && starts.Peek() == at + 183;
            int room = starting || stuffed ? 183 : 184;
            TsPacket.WriteHeader(packet, 100, starting, hasAdaptationField: stuffed, hasPayload: true, (byte)(_counter++ & 15));
            if (stuffed)
                TsAdaptationField.Write(packet, 0);
            if (starting)
                packet[4] = (byte)(starts.Peek() - at);
            int taken = Math.Min(room, total - at);
            run.AsSpan(at, taken).CopyTo(packet.AsSpan(TsPacket.Size - room));
            at += taken;
            while (starts.Count > 0 && starts.Peek() < at)
                starts.Dequeue();
            yield return packet;
        }
    }

    private List<int> Feed(byte[] bytes)
    {
        var found = new List<int>();
        Assert.True(TsPacket.TryParse(bytes, out var packet));
        foreach (var section in _assembler.Receive(packet))
            found.Add(section.TableIdExtension);
        return found;
    }
}
