using Sluice.Wire.MpegTs;

namespace Sluice.Load.Sending;

/// <summary>A transport stream file with the time of each packet, found by the first PID that carries a PCR. Shared by all streams that send it.</summary>
public sealed class TsProgramme
{
    private const long StepMaxTicks = 10 * TsClock.PcrHz;   // a clock that jumps further has been restarted
    private readonly byte[] _bytes;
    private readonly List<(int Packet, long Ticks)> _clock = [];

    private TsProgramme(byte[] bytes) => _bytes = bytes;

    public int PacketCount => _bytes.Length / TsPacket.Size;

    /// <summary>From the first packet to the end of the last.</summary>
    public long DurationNs => NsAt(PacketCount);

    public ReadOnlySpan<byte> Packet(int index) => _bytes.AsSpan(index * TsPacket.Size, TsPacket.Size);

    /// <summary>Throws <see cref="InvalidDataException"/> when the file holds no transport stream with two PCRs.</summary>
    public static TsProgramme Load(string path) => Read(File.ReadAllBytes(path), path);

    public static TsProgramme Read(byte[] file, string name)
    {
        ArgumentNullException.ThrowIfNull(file);
        var whole = file.Length / TsPacket.Size * TsPacket.Size;
        if (!TsDatagram.TryParse(file.AsSpan(0, whole), out _)) throw new InvalidDataException($"{name} is not a transport stream of 188-byte packets.");
        var programme = new TsProgramme(file[..whole]);
        programme.FindClock();
        return programme._clock.Count >= 2 ? programme : throw new InvalidDataException($"{name} holds no two PCRs to pace it by.");
    }

    /// <summary>When a packet is due: between two PCRs in proportion, before the first and after the last at the nearest rate.</summary>
    public long NsAt(int packet)
    {
        var low = 0;
        for (var high = _clock.Count - 2; low < high;)
        {
            var middle = (low + high + 1) / 2;
            if (_clock[middle].Packet <= packet) low = middle;
            else high = middle - 1;
        }
        return (long)((TicksAt(low, packet) - TicksAt(0, 0)) * 1000 / 27);
    }

    private double TicksAt(int interval, int packet)
    {
        var ((fromPacket, fromTicks), (toPacket, toTicks)) = (_clock[interval], _clock[interval + 1]);
        return fromTicks + (double)(packet - fromPacket) * (toTicks - fromTicks) / (toPacket - fromPacket);
    }

    private void FindClock()
    {
        int pid = -1;
        long last = 0, ticks = 0;
        for (var i = 0; i < PacketCount; i++)
        {
            if (!TsPacket.TryParse(Packet(i), out var packet) || !packet.TryGetPcr(out var pcr) || (pid >= 0 && packet.Pid != pid)) continue;
            var step = pid < 0 ? 0 : TsClock.PcrDistance(last, pcr);
            // A restarted clock goes on at the rate it had.
            if (step < 0 || step > StepMaxTicks) step = _clock.Count < 2 ? 0 : (i - _clock[^1].Packet) * RecentTicksPerPacket();
            (pid, last, ticks) = (packet.Pid, pcr, ticks + step);
            _clock.Add((i, ticks));
        }
    }

    private long RecentTicksPerPacket() => (_clock[^1].Ticks - _clock[^2].Ticks) / (_clock[^1].Packet - _clock[^2].Packet);
}
