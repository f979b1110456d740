using System.Net;
using Sluice.Linux;
using Sluice.Load.Sending;

namespace Sluice.Load.Commands;

/// <summary>Everything that <c>sluice-load send</c> was told, already checked.</summary>
internal sealed record SendSettings(IPAddress To, int Port)
{
    public int Streams { get; init; } = 1;
    public int PortStep { get; init; } = 2;

    /// <summary>From one stream's address to the next's.</summary>
    public int AddressStep { get; init; }
    public bool Rtp { get; init; } = true;
    public double BitsPerSecond { get; init; } = 5e6;
    public int PayloadBytes { get; init; } = 7 * 188;
    public int Burst { get; init; } = 1;
    public FramePlan? Frames { get; init; }
    public string? TsFile { get; init; }
    public string? PcapFile { get; init; }
    public int? PcapPort { get; init; }
    public bool Loop { get; init; }

    /// <summary>All streams start at the same instant; otherwise they share the interval evenly.</summary>
    public bool InStep { get; init; }
    public long DurationNs { get; init; } = long.MaxValue;
    public long PacketsMax { get; init; } = long.MaxValue;
    public required string Command { get; init; }
    public required StreamPlan Plan { get; init; }
    public required SenderOptions Sender { get; init; }
    public int? Core { get; init; }
    public string? Json { get; init; }
    public bool PerMs { get; init; }
    public bool Quiet { get; init; }

    public DatagramAddress AddressOf(int stream)
    {
        var bytes = To.GetAddressBytes();
        var carry = AddressStep * stream;
        for (var i = bytes.Length - 1; i >= 0 && carry != 0; i--, carry >>= 8)
        {
            carry += bytes[i];
            bytes[i] = (byte)carry;
        }
        return DatagramAddress.From(new IPAddress(bytes), Port + stream * PortStep);
    }

    /// <summary>A source of its own for each stream; throws <see cref="InvalidDataException"/> or IOException for a file that cannot be used.</summary>
    public PacketSource CreateSource() =>
        TsFile is not null ? new TsFileSource(TsProgramme.Load(TsFile), Loop)
        : PcapFile is not null ? new PcapSource(PcapFlow.Load(PcapFile, PcapPort), Loop)
        : Frames is not null ? new FrameSource(BitsPerSecond, PayloadBytes, Frames)
        : new ConstantRateSource(BitsPerSecond, PayloadBytes, Burst);

    /// <summary>One stream's share of the time between two packets (or frames).</summary>
    public long PhaseNs(int stream)
    {
        if (InStep || TsFile is not null || PcapFile is not null || BitsPerSecond <= 0) return 0;
        var periodNs = Frames is { } frames ? 1e9 / frames.FramesPerSecond : PayloadBytes * 8 * 1e9 / BitsPerSecond * Burst;
        return (long)(periodNs * stream / Streams);
    }
}
