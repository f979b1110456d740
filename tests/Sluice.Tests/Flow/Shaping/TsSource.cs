using Sluice.Wire.MpegTs;

namespace Sluice.Tests.Flow.Shaping;

/// <summary>
/// A made-up transport stream, packet by packet: video with a clock reference at every <c>pcrEvery</c>th packet, audio between, and
/// null packets where asked for. Every packet's place in time is exact: packet i stands at i × ticksPerPacket.
/// </summary>
internal sealed class TsSource(double ticksPerPacket, int pcrEvery, int nullEvery = 0, long firstPcr = 5_000_000, int secondPcrEvery = 0)
{
    public const ushort Video = 0x100, Audio = 0x101, OtherVideo = 0x200;

    private readonly Dictionary<ushort, byte> _counters = [];
    private int _index;

    /// <summary>Media packets so far, null packets left out.</summary>
    public int MediaCount { get; private set; }

    public int NullCount { get; private set; }

    /// <summary>Added to every clock reference from now on: a jump of the sender's clock.</summary>
    public long Jump { get; set; }

    /// <summary>The exact place of a packet, 27 MHz, without the wrap.</summary>
    public long TicksOf(int index) => firstPcr + Jump + (long)Math.Round(index * ticksPerPacket);

    public byte[] Next()
    {
        var packet = new byte[TsPacket.Size];
        var index = _index++;
        if (nullEvery > 0 && index % nullEvery == nullEvery - 1)
        {
            TsPacket.WriteNull(packet);
            NullCount++;
            return packet;
        }
        var isOther = secondPcrEvery > 0 && index % secondPcrEvery == 1;
        var hasPcr = isOther || index % pcrEvery == 0;
        var pid = isOther ? OtherVideo : hasPcr || index % 4 != 0 ? Video : Audio;
        var counter = _counters[pid] = (byte)((_counters.GetValueOrDefault(pid, (byte)15) + 1) & 15);
        TsPacket.WriteHeader(packet, pid, payloadUnitStart: false, hasAdaptationField: hasPcr, hasPayload: true, counter);
        if (hasPcr)
            TsAdaptationField.Write(packet, 7, pcr27MHz: TicksOf(index));
        BitConverter.TryWriteBytes(packet.AsSpan(184), MediaCount++);
        return packet;
    }

    /// <summary>One datagram of seven.</summary>
    public byte[] SevenPackets() => [.. Enumerable.Range(0, 7).SelectMany(_ => Next())];
}

/// <summary>What is in a received transport stream: judged packet by packet, as an analyser would.</summary>
internal sealed class TsReading
{
    private readonly TsContinuity _continuity = new();
    private int _index;

    public int Count => _index;
    public int Nulls { get; private set; }
    public int Discontinuities { get; private set; }
    public long ContinuityErrors => _continuity.Errors;

    /// <summary>Marks of <see cref="TsSource"/>, in the order they came.</summary>
    public List<int> Media { get; } = [];

    /// <summary>Index among all packets, PID and value of every clock reference.</summary>
    public List<(int Index, ushort Pid, long Pcr)> Clock { get; } = [];

    public void Take(ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= TsPacket.Size; bytes = bytes[TsPacket.Size..])
        {
            Assert.True(TsPacket.TryParse(bytes, out var packet), $"packet {_index} is none");
            _continuity.Receive(packet);
            if (packet.IsNull)
                Nulls++;
            else
                Media.Add(BitConverter.ToInt32(bytes[184..188]));
            if (packet.AdaptationField.Discontinuity)
                Discontinuities++;
            if (packet.TryGetPcr(out var pcr))
                Clock.Add((_index, packet.Pid, pcr));
            _index++;
        }
    }

    /// <summary>
    /// By how many 27 MHz ticks the references of one PID miss the constant rate at worst: each against the first one's value and the
    /// bytes between (TR 101 290 §5.2.2, PCR_AC). 500 ns are 13.5 ticks.
    /// </summary>
    public double WorstPcrError(double bitsPerSecond, ushort pid)
    {
        var mine = Clock.Where(reading => reading.Pid == pid).ToArray();
        var ticksPerPacket = TsPacket.Size * 8 * (double)TsClock.PcrHz / bitsPerSecond;
        return mine.Select(reading => Math.Abs(TsClock.PcrDistance(mine[0].Pcr, reading.Pcr) - (reading.Index - mine[0].Index) * ticksPerPacket)).Max();
    }
}
