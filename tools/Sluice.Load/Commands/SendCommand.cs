using System.CommandLine;
using System.Net;
using Sluice.Load.Sending;

namespace Sluice.Load.Commands;

/// <summary><c>sluice-load send</c>: the command line of the sender.</summary>
internal static class SendCommand
{
    private static readonly Argument<(IPAddress? Address, int Port)> To = new("TO")
    {
        Description = "Address and port of the first stream: 127.0.0.1:5004, [::1]:5004, 239.1.1.1:5004.",
        CustomParser = result => Opt.Read(result, "TO needs an address and a port such as 127.0.0.1:5004.",
            (string text, out (IPAddress? Address, int Port) to) => UdpTarget.TryParse(text, out to) && to.Address is not null, default),
    };
    private static readonly Option<int> Streams = Opt.Int("--streams", 1, 1, 10_000, "Streams, each to the next port.");
    private static readonly Option<int> PortStep = Opt.Int("--port-step", 2, 0, 1000, "From one stream's port to the next's.");
    private static readonly Option<int> AddressStep = Opt.Int("--address-step", 0, 0, 255, "From one stream's address to the next's.");
    private static readonly Option<bool> Ts = Opt.Flag("--ts", "Send bare transport packets instead of RTP.");
    private static readonly Option<double> Rate = Opt.Rate("--rate", 5e6, "Payload bits per second of each stream (5M), or max: as fast as it goes.");
    private static readonly Option<int> TsPackets = Opt.Int("--ts-packets", 7, 1, 7, "Transport packets in a datagram.");
    private static readonly Option<int> Burst = Opt.Int("--burst", 1, 1, 4096, "Packets that are due together at a constant rate.");
    private static readonly Option<int> Train = Opt.Int("--train", 1, 1, 44, "Send up to this many packets that are due together as one UDP_SEGMENT message.");
    private static readonly Option<bool> Frames = Opt.Flag("--frames", "Send pictures: all packets of a picture are due at once.");
    private static readonly Option<int> Fps = Opt.Int("--fps", 30, 1, 240, "Pictures per second, with --frames.");
    private static readonly Option<int> IntraRatio = Opt.Int("--intra-ratio", 6, 1, 100, "How many times larger every I-frame is, with --frames.");
    private static readonly Option<int> Group = Opt.Int("--group", 30, 1, 1000, "Pictures from one I-frame to the next, with --frames.");
    private static readonly Option<string?> File = Opt.Text("--file", "Send a transport stream file by its PCR.");
    private static readonly Option<string?> Pcap = Opt.Text("--pcap", "Send a UDP flow of a capture file at its captured times.");
    private static readonly Option<int> PcapPort = Opt.Int("--pcap-port", 0, 0, 65535, "Destination port of that flow; without it the first.");
    private static readonly Option<bool> Loop = Opt.Flag("--loop", "Begin the file again at its end.");
    private static readonly Option<bool> InStep = Opt.Flag("--in-step", "All streams send at the same instants instead of one after another.");
    private static readonly Option<long?> Duration = Opt.Time("--duration", "Stop after this time (10s); without it, at the end of the file or at Ctrl-C.");
    private static readonly Option<int> Packets = Opt.Int("--packets", 0, 0, int.MaxValue, "Stop after so many packets of all streams.");
    private static readonly Option<double?> Loss = Opt.Part("--loss", "Drop this part of the packets (1%).");
    private static readonly Option<double?> Duplicate = Opt.Part("--duplicate", "Send this part twice.");
    private static readonly Option<double?> Reorder = Opt.Part("--reorder", "Send this part two packets late.");
    private static readonly Option<int> Seed = Opt.Int("--seed", 1, int.MinValue, int.MaxValue, "What all faults and first numbers are drawn from.");
    private static readonly Option<int> FirstSequence = Opt.Int("--first-sequence", -1, 0, 65535, "First RTP sequence number.");
    private static readonly Option<long> FirstTimestamp = Opt.Parsed("--first-timestamp", -1L, "First RTP timestamp.", "a number of 32 bits",
        (string text, out long value) => long.TryParse(text, out value) && value is >= 0 and <= uint.MaxValue);
    private static readonly Option<bool> WrapSoon = Opt.Flag("--wrap-soon", "Sequence numbers wrap after 100 packets, timestamps after one second.");
    private static readonly Option<long[]> SsrcChangeAt = Opt.Times("--ssrc-change-at", "Change the SSRC at these times (5s,10s).");
    private static readonly Option<long[]> RestartAt = Opt.Times("--restart-at", "Begin anew at these times: SSRC, numbers and source port.");
    private static readonly Option<long?> RestartGap = Opt.Time("--restart-gap", "Silence before a restart (500ms).");
    private static readonly Option<bool> HeadChecksum = Opt.Flag("--checksum-stamp-only", "Let the checksum cover the stamp alone: for the highest rates.");
    private static readonly Option<string?> Interface = Opt.Text("--iface", "Network device for multicast.");
    private static readonly Option<int> Ttl = Opt.Int("--ttl", -1, 0, 255, "TTL or hop limit.");
    private static readonly Option<long?> Spin = Opt.Time("--spin", "Wake up this much early and spin: exact departures for a core (100us).");

    public static Command Build()
    {
        var command = new Command("send", """
            Send RTP (or transport) streams whose every packet can be recognised and checked by 'sluice-load receive'.

            Examples:
              sluice-load send 127.0.0.1:5004 --rate 5M --duration 10s
              sluice-load send 239.1.1.1:5004 --iface eth0 --ttl 4 --frames --intra-ratio 8 --rate 8M
              sluice-load send 127.0.0.1:5004 --file news.ts --loop
              sluice-load send 127.0.0.1:5004 --loss 1% --reorder 0.5% --duplicate 0.1% --seed 7 --wrap-soon --restart-at 5s
              sluice-load send 127.0.0.1:5004 --streams 100 --train 4 --burst 4 --rate 20M
            """) { To, Streams, PortStep, AddressStep, Ts, Rate, TsPackets, Burst, Train, Frames, Fps, IntraRatio, Group, File, Pcap, PcapPort, Loop,
            InStep, Duration, Packets, Loss, Duplicate, Reorder, Seed, FirstSequence, FirstTimestamp, WrapSoon, SsrcChangeAt, RestartAt, RestartGap,
            HeadChecksum, Interface, Ttl, Spin };
        var common = CommonOptions.AddTo(command);
        command.SetAction((parsed, stop) => Problem(parsed) is { } problem
            ? Task.FromResult(RunShell.Refuse(parsed.InvocationConfiguration, problem))
            : SendRun.RunAsync(Settings(parsed, common), parsed.InvocationConfiguration, stop));
        return command;
    }

    /// <summary>What options say against each other.</summary>
    private static string? Problem(ParseResult parsed)
    {
        if (parsed.GetValue(File) is not null && parsed.GetValue(Pcap) is not null) return "Give either --file or --pcap.";
        if (parsed.GetValue(Frames) && parsed.GetValue(Rate) == 0) return "--frames needs a rate.";
        var last = parsed.GetValue(To).Port + (parsed.GetValue(Streams) - 1) * parsed.GetValue(PortStep);
        return last > 65535 ? "The last stream's port would be above 65535." : null;
    }

    private static SendSettings Settings(ParseResult parsed, CommonOptions common)
    {
        var (address, port) = parsed.GetValue(To);
        return new SendSettings(address!, port)
        {
            Command = CommonOptions.CommandLine(parsed),
            Streams = parsed.GetValue(Streams), PortStep = parsed.GetValue(PortStep), AddressStep = parsed.GetValue(AddressStep),
            Rtp = !parsed.GetValue(Ts), BitsPerSecond = parsed.GetValue(Rate), PayloadBytes = 188 * parsed.GetValue(TsPackets),
            Burst = parsed.GetValue(Burst), TsFile = parsed.GetValue(File), PcapFile = parsed.GetValue(Pcap),
            PcapPort = parsed.GetValue(PcapPort) is > 0 and var captured ? captured : null, Loop = parsed.GetValue(Loop),
            Frames = parsed.GetValue(Frames) ? new(parsed.GetValue(Fps), parsed.GetValue(IntraRatio), parsed.GetValue(Group)) : null,
            InStep = parsed.GetValue(InStep), DurationNs = parsed.GetValue(Duration) ?? long.MaxValue,
            PacketsMax = parsed.GetValue(Packets) is > 0 and var packets ? packets : long.MaxValue,
            Plan = Plan(parsed),
            Sender = new SenderOptions
            {
                TrainMax = parsed.GetValue(Train), SpinNs = parsed.GetValue(Spin) ?? 0, Interface = parsed.GetValue(Interface),
                Ttl = parsed.GetValue(Ttl) is >= 0 and var ttl ? ttl : null, RestartAtNs = parsed.GetValue(RestartAt)!,
            },
            Core = common.Core(parsed), Json = common.Json(parsed), PerMs = common.PerMs(parsed), Quiet = common.Quiet(parsed),
        };
    }

    private static StreamPlan Plan(ParseResult parsed)
    {
        var wrapSoon = parsed.GetValue(WrapSoon);
        var (sequence, timestamp) = (parsed.GetValue(FirstSequence), parsed.GetValue(FirstTimestamp));
        return new StreamPlan(default)
        {
            Rtp = !parsed.GetValue(Ts), Seed = parsed.GetValue(Seed), ChecksumWhole = !parsed.GetValue(HeadChecksum),
            FirstSequence = sequence >= 0 ? (ushort)sequence : wrapSoon ? (ushort)(65_536 - 100) : null,
            FirstTimestamp = timestamp >= 0 ? (uint)timestamp : wrapSoon ? unchecked(0u - 90_000) : null,
            Faults = new FaultPlan
            {
                Loss = parsed.GetValue(Loss) ?? 0, Duplicate = parsed.GetValue(Duplicate) ?? 0, Reorder = parsed.GetValue(Reorder) ?? 0,
                SsrcChangeAtNs = parsed.GetValue(SsrcChangeAt)!, RestartAtNs = parsed.GetValue(RestartAt)!,
                RestartGapNs = parsed.GetValue(RestartGap) ?? FaultPlan.None.RestartGapNs,
            },
        };
    }
}
