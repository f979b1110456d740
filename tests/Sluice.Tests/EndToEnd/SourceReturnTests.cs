using System.Net;
using System.Text.Json.Nodes;
using Sluice.Linux;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Processes;
using Sluice.Tests.Linux.Sockets;
using Sluice.Wire.Rtp;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd;

/// <summary>
/// A headend and an edge, each in a network namespace of its own; the engine runs as an ordinary user. The edge's cable goes down and
/// comes back, and is taken out and laid anew, while five groups are received over it. Strangers on the same ports are never heard.
/// </summary>
[Collection(QuietMachine.Name)]
public sealed class SourceReturnTests(ITestOutputHelper output) : IDisposable
{
    private const int SourcePort = 5004, UnicastPort = 5006, OutputPort = 7000;
    private const long StepNs = 5_000_000, NsPerSecond = 1_000_000_000;
    private const byte Wanted = 1, Stranger = 2;
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(20);

    private static readonly (string Name, string Source, string Group)[] s_groups =
    [
        ("asm4", $"rtp://239.81.1.1:{SourcePort}?iface=e0", "239.81.1.1"),
        ("ssm4", $"rtp://10.81.0.1@232.81.1.1:{SourcePort}?iface=e0", "232.81.1.1"),
        ("asm6", $"rtp://[ff15::8101]:{SourcePort}?iface=e0", "ff15::8101"),
        ("ssm6", $"rtp://[fd81::1]@[ff35::4000:81]:{SourcePort}?iface=e0", "ff35::4000:81"),
        ("routed", $"rtp://239.81.1.9:{SourcePort}", "239.81.1.9"),
    ];

    private readonly NetworkNamespace _head = new(), _edge = new();
    private readonly List<DatagramSocket> _senders = [];
    private int _sent;

    public void Dispose()
    {
        _senders.ForEach(socket => socket.Dispose());
        _edge.Dispose();
        _head.Dispose();
    }

    [Fact]
    public async Task GroupsComeBackWithTheirDeviceAndSilenceIsAnAlarm()
    {
        LayCable();
        await using var engine = await StartAsync();
        OpenSenders();
        Assert.All(States(await StatusAsync()), state => Assert.Equal("never", state));
        await EveryGroupComesAsync("at the start");

        // A cable that is pulled and put back, long enough for the alarm.
        _edge.IpInside("link set dev e0 down");
        await Eventually.TrueAsync("the alarms", s_bound, async () =>
        {
            Send();
            return (await StatusAsync())["alarms"]!.AsArray().Count(alarm => (string)alarm!["code"]! == "source-silent") == s_groups.Length + 2;
        });
        var silent = await StatusAsync();
        Assert.All(States(silent), state => Assert.Equal("silent", state));
        Assert.All(Sources(silent), source => Assert.True((double)source["ageSeconds"]! > 1));
        _edge.IpInside("link set dev e0 up");
        LayRoute();
        await EveryGroupComesAsync("after down and up");
        await Eventually.TrueAsync("no alarm", s_bound, async () =>
        {
            Send();
            return !(await StatusAsync())["alarms"]!.AsArray().Any(alarm => s_groups.Any(group => (string?)alarm!["channel"] == group.Name));
        });

        // A device that is taken out and made anew: the same name, another index. Quick enough that the back-off has no turn.
        var before = Sources(await StatusAsync()).Select(source => (long)source["rejoins"]!).ToArray();
        _edge.IpInside("link delete dev e0");
        LayCable();
        _senders.ForEach(socket => socket.Dispose());
        _senders.Clear();
        OpenSenders();
        await EveryGroupComesAsync("on a new device");
        var after = Sources(await StatusAsync()).ToArray();
        Assert.Equal(before, after.Select(source => (long)source["rejoins"]!));
        // One without a device of its own is joined again only when it was silent, and a membership of IPv4 outlives down and up.
        Assert.All(after.SkipLast(1), source => Assert.True((long)source["linkRejoins"]! >= 2));
        Assert.True((long)after[^1]["linkRejoins"]! >= 1);
        Assert.Contains("sluice_source_link_rejoins_total", await CurlAsync("/metrics"), StringComparison.Ordinal);
        Assert.Equal(0, await engine.StopAsync(Signals.Terminate, s_bound));
    }

    /// <summary>X5, X19 of the abuse list: valid RTP of strangers on the same ports, and another group on the same port.</summary>
    [Fact]
    public async Task StrangersOnTheSamePortAreNeverHeard()
    {
        LayCable();
        await using var engine = await StartAsync();
        OpenSenders();
        var ears = Enumerable.Range(0, s_groups.Length + 2).Select(i => _head.Run(() =>
            Loopback.Open(new() { BindAddress = IPAddress.Parse("10.81.0.1"), Port = OutputPort + 2 * i, ReceiveBufferBytes = 4 << 20 }))).ToArray();
        using var unicast = Sender("10.81.0.1");
        using var bound = Sender("10.81.0.1");
        using var stranger = Sender("10.81.0.3");
        using var stranger6 = Sender("fd81::3");
        // Someone else on the edge has joined another group, on the port of ours.
        using var neighbour = _edge.Run(() => Loopback.Open(MulticastNetwork.Options(IPAddress.Parse("239.81.9.9"), SourcePort, device: "e0")));
        // A channel without ?from= belongs to who sends first.
        const int Packets = 400, Alone = 20;
        for (var i = 0; i < Packets; i++)
        {
            Send();
            SendTo(unicast, "10.81.0.2", UnicastPort, i, Wanted);
            SendTo(bound, "10.81.0.2", UnicastPort + 2, i, Wanted);
            for (var flood = 0; flood < 4 && i >= Alone; flood++)
            {
                SendTo(stranger, "10.81.0.2", UnicastPort, 4 * i + flood, Stranger);
                SendTo(stranger, "10.81.0.2", UnicastPort + 2, 4 * i + flood, Stranger);
                SendTo(stranger, "232.81.1.1", SourcePort, 4 * i + flood, Stranger);
                SendTo(stranger6, "ff35::4000:81", SourcePort, 4 * i + flood, Stranger);
                SendTo(stranger, "239.81.9.9", SourcePort, 4 * i + flood, Stranger);
                SendTo(stranger6, "ff15::8199", SourcePort, 4 * i + flood, Stranger);
            }
            ThreadControl.SleepUntil(SystemClock.Now + StepNs);
        }
        // The first packet of every source is its probation (RFC 3550 A.1); a machine that stands still drops some by age.
        JsonNode status = null!;
        await Eventually.TrueAsync("every packet on its way", s_bound, async () =>
            (status = await StatusAsync())["channels"]!.AsArray().All(channel => Sent(channel!, "packets") + Sent(channel!, "dropped") >= Packets - 1));
        foreach (var (channel, ear) in status["channels"]!.AsArray().Zip(ears))
        {
            var sent = Sent(channel!, "packets");
            Assert.True(sent > Packets / 4, $"only {sent} packets of {channel!["name"]}");
            Assert.Equal((sent, 0), Heard(ear, sent));
        }
        foreach (var unicastChannel in status["channels"]!.AsArray().Skip(s_groups.Length))
            Assert.Equal(4L * (Packets - Alone), (long)unicastChannel!["sources"]![0]!["foreignSender"]!);
        Array.ForEach(ears, ear => ear.Dispose());
        Assert.Equal(0, await engine.StopAsync(Signals.Terminate, s_bound));
    }

    private static int Sent(JsonNode channel, string counter) => (int)channel["sent"]![counter]!;

    private static (int Wanted, int Strange) Heard(DatagramSocket ear, int enough)
    {
        using var inbox = new Inbox(64, 2048);
        var heard = new int[3];
        Loopback.ReceiveUntil(ear, inbox, i => heard[RtpPacket.TryParse(inbox.Bytes(i), out var packet) ? packet.Payload[4] : 0]++,
            () => heard[Wanted] >= enough);
        return (heard[Wanted], heard[0] + heard[Stranger]);
    }

    private void LayCable()
    {
        NetworkNamespace.Connect(_head, "h0", _edge, "e0");
        foreach (var address in new[] { "10.81.0.1/24", "10.81.0.3/24", "fd81::1/64", "fd81::3/64" }) _head.AddAddress("h0", address);
        foreach (var address in new[] { "10.81.0.2/24", "fd81::2/64" }) _edge.AddAddress("e0", address);
        LayRoute();
    }

    // Goes away with its device, as the routes of an operator's network do; one channel relies on it.
    private void LayRoute() => _edge.IpInside("route add 239.81.1.9/32 dev e0");

    private async Task<ChildProcess> StartAsync()
    {
        var channels = s_groups.Select(group => (group.Name, group.Source))
            .Append((Name: "learns", Source: $"rtp://@:{UnicastPort}")).Append((Name: "bound", Source: $"rtp://@:{UnicastPort + 2}?from=10.81.0.1"))
            .Select((channel, i) => $$"""
                "{{channel.Name}}": { "sources": [ "{{channel.Source}}" ], "delay": "0", "outputs": [ "rtp://10.81.0.1:{{OutputPort + 2 * i}}" ] }
                """);
        var configuration = $$"""
            { "rtsp": { "listen": "off" }, "http": { "listen": "off" }, "admin": { "listen": "127.0.0.1:9090" },
              "channels": { {{string.Join(", ", channels)}} } }
            """;
        var path = SluiceProcess.WriteConfiguration(configuration);
        var engine = ChildProcess.Start("ip",
            ["netns", "exec", _edge.Name, "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", SluiceProcess.BinaryPath, "run", path]);
        await engine.WaitForLineAsync("the engine", line => line.Contains("is up", StringComparison.Ordinal), s_bound);
        return engine;
    }

    private DatagramSocket Sender(string from, int port = 0) =>
        _head.Run(() => Loopback.Open(new() { SourceAddress = IPAddress.Parse(from), Port = port, MulticastInterface = "h0", MulticastTtl = 4 }));

    // Always from the same ports: a sender with another one is a stranger until the first has been silent for a while.
    private void OpenSenders()
    {
        foreach (var (group, i) in s_groups.Select((group, i) => (group.Group, i)))
            _senders.Add(Sender(group.Contains(':', StringComparison.Ordinal) ? "fd81::1" : "10.81.0.1", 4000 + 2 * i));
    }

    private void Send()
    {
        for (var i = 0; i < s_groups.Length; i++)
            SendTo(_senders[i], s_groups[i].Group, SourcePort, _sent, Wanted);
        _sent++;
    }

    private static void SendTo(DatagramSocket socket, string to, int port, int index, byte who)
    {
        var packet = new byte[RtpHeader.Size + 188];
        new RtpHeader(RtpStaticPayloadTypes.Mp2t, false, (ushort)index, (uint)(index * 450), who).Write(packet);
        (packet[RtpHeader.Size], packet[RtpHeader.Size + 4]) = (0x47, who);
        _ = socket.SendTo(DatagramAddress.From(IPAddress.Parse(to), port), packet);     // a cable that is out takes nothing
    }

    // Sends until every group is heard again, and prints how long it took: the wish is a second.
    private async Task EveryGroupComesAsync(string when)
    {
        var before = Sources(await StatusAsync()).Select(source => (long)source["packets"]!).ToArray();
        var start = SystemClock.Now;
        await Eventually.TrueAsync($"every group {when}", s_bound, async () =>
        {
            for (var end = SystemClock.Now + NsPerSecond / 10; SystemClock.Now < end;)
            {
                Send();
                ThreadControl.SleepUntil(SystemClock.Now + StepNs);
            }
            return Sources(await StatusAsync()).Select(source => (long)source["packets"]!).Zip(before).All(pair => pair.First > pair.Second + 5);
        });
        output.WriteLine($"{when}: every group after {(SystemClock.Now - start) / 1e6:0} ms, which includes the questions to the API");
    }

    private async Task<JsonNode> StatusAsync() => JsonNode.Parse(await CurlAsync("/api/status"))!;

    // The groups' sources, in the order of the configuration.
    private static IEnumerable<JsonNode> Sources(JsonNode status) =>
        status["channels"]!.AsArray().Take(s_groups.Length).Select(channel => channel!["sources"]![0]!);

    private static string[] States(JsonNode status) => [.. Sources(status).Select(source => (string)source["state"]!)];

    private async Task<string> CurlAsync(string path)
    {
        await using var curl = ChildProcess.Start("ip", ["netns", "exec", _edge.Name, "curl", "-sS", "--max-time", "10", $"http://127.0.0.1:9090{path}"]);
        await curl.WaitForExitAsync(s_bound);
        return string.Join('\n', curl.Output.Snapshot().Select(line => line.Text));
    }
}
