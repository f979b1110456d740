using Sluice.Wire.MpegTs;

namespace Sluice.Tests.Kit.Media;

/// <summary>Transport packets for tests: tables of one program, and packets that begin or go on with a unit.</summary>
internal static class TsPackets
{
    public static byte[] Pat(ushort pmtPid, byte counter = 0)
    {
        var section = new byte[PsiSection.SizeMax];
        var size = Sluice.Wire.MpegTs.Pat.Write(section, 1, version: 0, [new PatProgram(1, pmtPid)]);
        return Cut(TsPacket.PatPid, counter, section.AsSpan(0, size));
    }

    /// <param name="pid">The map's own.</param>
    /// <param name="streams">Types and PIDs; the first carries the PCR.</param>
    /// <param name="descriptorBytes">Of the first stream: makes a long table.</param>
    /// <param name="counter">Continuity.</param>
    public static byte[] Pmt(ushort pid, (byte Type, ushort Pid)[] streams, int descriptorBytes = 0, byte counter = 0)
    {
        var section = new byte[PsiSection.SizeMax];
        var descriptors = new byte[descriptorBytes];
        if (descriptorBytes > 0)
            (descriptors[0], descriptors[1]) = (0x80, (byte)(descriptorBytes - 2));
        var writer = new PmtWriter(section, streams[0].Pid);
        for (var i = 0; i < streams.Length; i++)
            writer.Add(streams[i].Type, streams[i].Pid, i == 0 ? descriptors : []);
        var size = writer.Finish(programNumber: 1, version: 0);
        return Cut(pid, counter, section.AsSpan(0, size));
    }

    /// <summary>One packet, the payload at its end behind stuffing; at most 182 bytes.</summary>
    public static byte[] Media(ushort pid, bool start, bool indicator, ReadOnlySpan<byte> payload, byte counter = 0)
    {
        var packet = new byte[TsPacket.Size];
        TsPacket.WriteHeader(packet, pid, start, hasAdaptationField: true, hasPayload: true, counter);
        TsAdaptationField.Write(packet, TsPacket.Size - TsPacket.HeaderSize - 1 - payload.Length, randomAccess: indicator);
        payload.CopyTo(packet.AsSpan(TsPacket.Size - payload.Length));
        return packet;
    }

    private static byte[] Cut(ushort pid, byte counter, ReadOnlySpan<byte> section)
    {
        var packets = new byte[PsiPackets.CountFor(section.Length) * TsPacket.Size];
        PsiPackets.Write(packets, pid, counter, section);
        return packets;
    }
}
