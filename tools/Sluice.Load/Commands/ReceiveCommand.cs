using System.CommandLine;
using System.Net;
using Sluice.Load.Receiving;
using Sluice.Load.Reporting;
using Sluice.Load.Rtsp;

namespace Sluice.Load.Commands;

/// <summary><c>sluice-load receive</c>: the command line of the receivers.</summary>
internal static class ReceiveCommand
{
    private static readonly Argument<string> From = new("FROM")
    {
        Description = "Port or address and port of the first client (6000, 127.0.0.1:6000, 239.1.1.1:5004), or rtsp://HOST[:PORT]/NAME.",
    };
    private static readonly Option<int> Clients = Opt.Int("--clients", 1, 1, 10_000, "Receivers, each on the next port, or RTSP clients.");
    private static readonly Option<int> PortStep = Opt.Int("--port-step", 2, 1, 1000, "From one client's port to the next's.");
    private static readonly Option<string?> Interface = Opt.Text("--iface", "Network device to join a group on.");
    private static readonly Option<string?> Source = Opt.Text("--source", "The only sender to hear in a group.");
    private static readonly Option<bool> Tcp = Opt.Flag("--tcp", "RTSP: media interleaved on the connection instead of UDP.");
    private static readonly Option<double?> JoinRate = Opt.Number("--join-rate", "RTSP: clients that start per second (100).");
    private static readonly Option<long?> Stay = Opt.Time("--stay", "RTSP: how long each client plays before TEARDOWN; without it, to the end.");
    private static readonly Option<bool> Rejoin = Opt.Flag("--rejoin", "RTSP: a client that has left starts again.");
    private static readonly Option<long?> Duration = Opt.Time("--duration", "Stop after this time (10s); without it, at Ctrl-C.");
    private static readonly Option<long?> Idle = Opt.Time("--idle-stop", "Stop when nothing has come for this time after the first packet.");
    private static readonly Option<long?> Warmup = Opt.Time("--warmup", "Count nothing for this time after the first packet.");
    private static readonly Option<double> MediaRate = Opt.Rate("--media-rate", 0, "Nominal payload rate for the MDI delay factor, if not measured.");
    private static readonly Option<int> Buffer = Opt.Int("--buffer", 4 << 20, 4096, 1 << 30, "Receive buffer of each socket, in bytes.");
    private static readonly Option<bool> NoGro = Opt.Flag("--no-gro", "Take every datagram alone: slower, each with its own arrival time.");
    private static readonly Option<double?> MaxLoss = Opt.Part("--max-loss", "Exit with 1 when more than this part is lost (0.1%), or a client got nothing.");
    private static readonly Option<double?> MaxPeak = Opt.Number("--max-peak", "Exit with 1 when p99 / mean of packets in 1 ms is above this.");
    private static readonly Option<long?> P999 = Opt.Time("--p999", "Exit with 1 when the 99.9th percentile of latency is above this (5ms).");
    private static readonly Option<bool> PerClient = Opt.Flag("--per-client", "Put every client into the report.");

    public static Command Build()
    {
        var command = new Command("receive", """
            Receive streams as many clients at once, and say what each of them and all together got: loss, order, latency,
            jitter, and how bursty it was. With stamps of 'sluice-load send' everything is known; other RTP is scored by its
            sequence numbers, and other datagrams are counted.

            Examples:
              sluice-load receive 6000 --clients 1000 --duration 10s
              sluice-load receive 239.1.1.1:5004 --iface eth0 --max-loss 0 --duration 1m
              sluice-load receive rtsp://127.0.0.1:8554/news --clients 500 --join-rate 50 --stay 20s --duration 1m
              sluice-load receive rtsp://127.0.0.1:8554/news --tcp --clients 100 --duration 10s --json -
              sluice-load receive 6000 --clients 100 --idle-stop 1s --max-loss 0 --max-peak 1.5 --p999 5ms   (in CI)

            Peak / mean: packets of all clients in windows of 0.1, 1 and 10 ms, 99th percentile and maximum over the mean.
            MDI: delay factor in ms and media loss rate per second (RFC 4445).
            C_INST: with K clients served in a window of 0.1 ms and N clients, sum K^2 / (N sum K): the part of all clients
            that is served in the same instant as a packet taken at random; 1/N is ideal, 1 is everybody at once.
            Latency is stamp to kernel arrival on CLOCK_MONOTONIC: for sender and receiver on one machine.
            Capacity: in trains of 4 to 100 ports a checked packet costs the receiver about 950 ns, one without a stamp 570
            (busy 2-core VM, loopback, Linux 6.18): by that, about a million packets/s on a full core. Single datagrams to
            10,000 ports cost about 3 us each. The last line of the summary says what it cost here, and LIMIT appears when
            the receiver itself dropped.
            """) { From, Clients, PortStep, Interface, Source, Tcp, JoinRate, Stay, Rejoin, Duration, Idle, Warmup, MediaRate, Buffer, NoGro,
            MaxLoss, MaxPeak, P999, PerClient };
        var common = CommonOptions.AddTo(command);
        command.SetAction((parsed, stop) =>
            Problem(parsed.GetValue(From)!, parsed.GetValue(Clients), parsed.GetValue(PortStep), parsed.GetValue(Source)) is { } problem
            ? Task.FromResult(RunShell.Refuse(parsed.InvocationConfiguration, problem))
            : ReceiveRun.RunAsync(Settings(parsed, common), parsed.InvocationConfiguration, stop));
        return command;
    }

    private static string? Problem(string from, int clients, int step, string? source)
    {
        if (source is not null && !IPAddress.TryParse(source, out _)) return "--source needs an address.";
        if (from.StartsWith("rtsp://", StringComparison.Ordinal))
            return CrowdPlan.TryParse(from, out _) ? null : "FROM is not an RTSP URL such as rtsp://127.0.0.1:8554/news.";
        if (!UdpTarget.TryParse(from, out var target)) return "FROM needs a port, an address and a port, or an rtsp:// URL.";
        return target.Port + (clients - 1) * step > 65535 ? "The last client's port would be above 65535." : null;
    }

    private static ReceiveSettings Settings(ParseResult parsed, CommonOptions common)
    {
        var from = parsed.GetValue(From)!;
        var isRtsp = CrowdPlan.TryParse(from, out var crowd);
        return new ReceiveSettings
        {
            Command = CommonOptions.CommandLine(parsed),
            Udp = isRtsp ? null : Udp(parsed, from),
            Rtsp = !isRtsp ? null : crowd with
            {
                Clients = parsed.GetValue(Clients), Tcp = parsed.GetValue(Tcp), JoinsPerSecond = parsed.GetValue(JoinRate) ?? 100,
                StayNs = parsed.GetValue(Stay), Rejoin = parsed.GetValue(Rejoin), BufferBytes = parsed.GetValue(Buffer), Coalesced = !parsed.GetValue(NoGro),
            },
            DurationNs = parsed.GetValue(Duration) ?? long.MaxValue, IdleNs = parsed.GetValue(Idle), WarmupNs = parsed.GetValue(Warmup) ?? 0,
            MediaBitsPerSecond = parsed.GetValue(MediaRate), PerClient = parsed.GetValue(PerClient),
            Bounds = new Bounds(parsed.GetValue(MaxLoss), parsed.GetValue(MaxPeak), parsed.GetValue(P999)),
            Core = common.Core(parsed), Json = common.Json(parsed), PerMs = common.PerMs(parsed), Quiet = common.Quiet(parsed),
        };
    }

    private static ReceivePlan Udp(ParseResult parsed, string from)
    {
        _ = UdpTarget.TryParse(from, out var target);   // checked by the validator
        return new ReceivePlan(target.Address, target.Port)
        {
            Clients = parsed.GetValue(Clients), PortStep = parsed.GetValue(PortStep), Interface = parsed.GetValue(Interface),
            SourceFilter = parsed.GetValue(Source) is { } source ? IPAddress.Parse(source) : null,
            BufferBytes = parsed.GetValue(Buffer), Coalesced = !parsed.GetValue(NoGro),
        };
    }
}
