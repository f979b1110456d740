using System.Buffers.Binary;
using Sluice.Tests.Kit.Media;
using Sluice.Wire.MpegTs;

namespace Sluice.Tests.Flow;

/// <summary>Payloads of streams with a key picture every so many packets, for <see cref="HandDriven.Fill"/>.</summary>
internal static class GopStream
{
    public const ushort PmtPid = 0x100, VideoPid = 0x101;

    /// <summary>H.264: parameter sets in one packet, the IDR from the next one on, other slices up to the next GOP.</summary>
    public static Action<int, Span<byte>> H264(int gop) => (number, payload) =>
    {
        payload.Clear();
        ReadOnlySpan<byte> head = (number % gop) switch
        {
            0 => [0x78, 0, 2, 0x67, 0x42, 0, 2, 0x68, 0xce],
            1 => [0x7c, 0x85, 0x88],
            2 => [0x7c, 0x45, 0x88],
            _ => [0x41, 0x9a],
        };
        // An aggregate of nothing but its units: the rest is one more SEI.
        head.CopyTo(payload);
        if (number % gop == 0)
            (payload[9], payload[10], payload[11]) = ((byte)((payload.Length - 11) >> 8), (byte)(payload.Length - 11), 6);
    };

    public static bool IsH264Access(int number, int gop) => number % gop == 0;

    /// <summary>MPEG-TS: PAT and PMT in one datagram every <paramref name="tables"/>, a random access indicator every <paramref name="gop"/>.</summary>
    public static Action<int, Span<byte>> Ts(int gop, int tables)
    {
        var pat = TsPackets.Pat(PmtPid);
        var pmt = TsPackets.Pmt(PmtPid, [(TsStreamTypes.H264, VideoPid)]);
        var key = TsPackets.Media(VideoPid, start: true, indicator: true, [0, 0, 1, 0xe0, 0, 0, 0x80, 0, 0]);
        var other = TsPackets.Media(VideoPid, start: false, indicator: false, []);
        return (number, payload) =>
        {
            for (var at = 0; at < payload.Length; at += TsPacket.Size)
                other.CopyTo(payload[at..]);
            if (number % tables == 0)
            {
                pat.CopyTo(payload);
                pmt.CopyTo(payload[TsPacket.Size..]);
                TsPacket.WriteContinuityCounter(payload, (byte)(number / tables));
                TsPacket.WriteContinuityCounter(payload[TsPacket.Size..], (byte)(number / tables));
            }
            if (number % gop == gop / 2)
                key.CopyTo(payload[(3 * TsPacket.Size)..]);
        };
    }

    public static bool IsTsAccess(int number, int gop) => number % gop == gop / 2;

    public static int NumberOf(ReadOnlySpan<byte> datagram) => BinaryPrimitives.ReadInt32BigEndian(datagram[^sizeof(int)..]);
}
