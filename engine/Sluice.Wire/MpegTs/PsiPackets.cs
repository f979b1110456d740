namespace Sluice.Wire.MpegTs;

/// <summary>Cuts one section into packets of a PID (ISO/IEC 13818-1 §2.4.4): pointer field 0 first, stuffing 0xff last.</summary>
public static class PsiPackets
{
    private const int PayloadSize = TsPacket.Size - TsPacket.HeaderSize;

    /// <summary>Packets that a section of that size takes.</summary>
    public static int CountFor(int sectionSize) => (1 + sectionSize + PayloadSize - 1) / PayloadSize;

    /// <summary>
    /// Writes <see cref="CountFor"/> packets and returns how many. The first has <paramref name="continuityCounter"/>; the
    /// next section's first has that plus the result, modulo 16.
    /// </summary>
    public static int Write(Span<byte> target, ushort pid, byte continuityCounter, ReadOnlySpan<byte> section)
    {
        int count = CountFor(section.Length);
        target = target[..(count * TsPacket.Size)];
        target.Fill(0xff);
        for (int i = 0; i < count; i++)
        {
            var packet = target.Slice(i * TsPacket.Size, TsPacket.Size);
            var counter = (byte)((continuityCounter + i) & 0x0f);
            TsPacket.WriteHeader(packet, pid, payloadUnitStart: i == 0, hasAdaptationField: false, hasPayload: true, counter);
            var payload = packet[TsPacket.HeaderSize..];
            if (i == 0)
            {
                payload[0] = 0;
                payload = payload[1..];
            }
            int taken = Math.Min(payload.Length, section.Length);
            section[..taken].CopyTo(payload);
            section = section[taken..];
        }
        return count;
    }
}
