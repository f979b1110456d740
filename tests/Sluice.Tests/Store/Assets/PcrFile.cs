using System.Security.Cryptography;
using Sluice.Tests.Kit.Media;
using Sluice.Wire.MpegTs;

namespace Sluice.Tests.Store.Assets;

/// <summary>A made-up MPEG-TS file: tables, a video PID with key pictures, and a clock reference every few packets.</summary>
internal sealed record PcrFile
{
    public int Packets { get; init; } = 2_000;
    public int PcrEvery { get; init; } = 10;
    public long FirstPcr { get; init; } = 5_000_000;

    /// <summary>1,504 kbit/s: a packet a millisecond.</summary>
    public long TicksAPacket { get; init; } = TsClock.PcrHz / 1_000;

    /// <summary>At this packet the clock jumps so far.</summary>
    public (int Packet, long Ticks) Jump { get; init; } = (-1, 0);

    public byte[] Bytes(int seed = 1)
    {
        var random = new Random(seed);
        using var file = new MemoryStream();
        for (var i = 0; i < Packets; i++)
            file.Write(i % 100 == 0 ? TsPackets.Pat(100) : i % 100 == 1 ? TsPackets.Pmt(100, [(0x1b, 256)]) : Media(i, random));
        return file.ToArray();
    }

    private byte[] Media(int i, Random random)
    {
        var payload = new byte[150];
        random.NextBytes(payload);
        var packet = TsPackets.Media(256, start: i % 50 == 2, indicator: i % 50 == 2, payload, (byte)(i & 15));
        if (i % PcrEvery != 3)
            return packet;
        packet[5] |= 0x10;
        var ticks = FirstPcr + i * TicksAPacket + (Jump.Packet >= 0 && i >= Jump.Packet ? Jump.Ticks : 0);
        TsClock.WritePcr(packet.AsSpan(TsAdaptationField.PcrOffsetInPacket), ticks);
        return packet;
    }

    public static string Sha256(ReadOnlySpan<byte> bytes) => Convert.ToHexString(SHA256.HashData(bytes));
}
