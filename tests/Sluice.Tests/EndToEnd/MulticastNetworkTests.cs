using System.Net;
using Sluice.Linux;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Processes;
using Sluice.Wire.Rtp;

namespace Sluice.Tests.EndToEnd;

/// <summary>
/// A headend and an edge, each in a network namespace of its own: the edge's channels join any-source and source-specific groups,
/// IPv4 and IPv6, and send to groups that the headend listens to. A second sender on the source-specific groups is never heard.
/// </summary>
[Collection(QuietMachine.Name)]
public sealed class MulticastNetworkTests : IDisposable
{
    private const int Packets = 400, SourcePort = 5004, OutputPort = 6000;
    private const byte Wanted = 1, Intruder = 2;
    private const long StepNs = 5_000_000, PatienceNs = 15_000_000_000;
    private static readonly TimeSpan s_start = TimeSpan.FromSeconds(15);

    // Channel, source as configured, group, source-specific, output group.
    private static readonly (string Name, string Source, string Group, bool IsSpecific, string Output)[] s_channels =
    [
        ("asm4", $"rtp://239.77.1.1:{SourcePort}?iface=e0", "239.77.1.1", false, "239.77.2.1"),
        ("ssm4", $"rtp://10.77.0.1@232.77.1.1:{SourcePort}?iface=e0", "232.77.1.1", true, "239.77.2.2"),
        ("asm6", $"rtp://[ff15::7701]:{SourcePort}?iface=e0", "ff15::7701", false, "ff15::7711"),
        ("ssm6", $"rtp://[fd77::1]@[ff35::4000:1]:{SourcePort}?iface=e0", "ff35::4000:1", true, "ff15::7712"),
    ];

    private readonly NetworkNamespace _head = new(), _edge = new();

    public MulticastNetworkTests()
    {
        NetworkNamespace.Connect(_head, "h0", _edge, "e0");
        foreach (var address in new[] { "10.77.0.1/24", "10.77.0.3/24", "fd77::1/64", "fd77::3/64" }) _head.AddAddress("h0", address);
        foreach (var address in new[] { "10.77.0.2/24", "fd77::2/64" }) _edge.AddAddress("e0", address);
    }

    public void Dispose()
    {
        _edge.Dispose();
        _head.Dispose();
    }

    [Fact]
    public async Task GroupsComeInAndGoOutAndOnlyTheWantedSourceIsHeard()
    {
        var path = SluiceProcess.WriteConfiguration(Configuration());
        await using var engine = ChildProcess.Start("ip", ["netns", "exec", _edge.Name, SluiceProcess.BinaryPath, "run", path]);
        await engine.WaitForLineAsync("the engine", line => line.Contains("is up", StringComparison.Ordinal), s_start);
        var senders = s_channels.Select(channel => _head.Run(() => OpenSender(channel.Group, isIntruder: false))).ToArray();
        var intruders = s_channels.Select(channel => _head.Run(() => OpenSender(channel.Group, isIntruder: true))).ToArray();
        var listeners = s_channels.Select(channel => _head.Run(() => new GroupListener(IPAddress.Parse(channel.Output)))).ToArray();

        for (var i = 0; i < Packets; i++)
        {
            for (var c = 0; c < s_channels.Length; c++)
            {
                Send(senders[c], s_channels[c].Group, i, Wanted);
                if (s_channels[c].IsSpecific) Send(intruders[c], s_channels[c].Group, i, Intruder);
            }
            Array.ForEach(listeners, listener => listener.Listen());
            ThreadControl.SleepUntil(SystemClock.Now + StepNs);
        }
        // The first packet of a source is its probation (RFC 3550 A.1); delays reach 500 ms.
        for (var end = SystemClock.Now + PatienceNs; SystemClock.Now < end && listeners.Any(l => l.Count < Packets - 1);)
        {
            Array.ForEach(listeners, listener => listener.Listen());
            ThreadControl.SleepUntil(SystemClock.Now + StepNs);
        }

        foreach (var (channel, listener) in s_channels.Zip(listeners))
            Assert.True(listener is { Count: Packets - 1, Gaps: 0, FromIntruder: 0 },
                $"{channel.Name}: {listener.Count} packets, {listener.Gaps} gaps, {listener.FromIntruder} of the intruder");
        Array.ForEach(listeners, listener => listener.Dispose());
    }

    private static string Configuration() => $$"""
        { "rtsp": { "listen": "127.0.0.1:8554" }, "http": { "listen": "off" }, "admin": { "listen": "127.0.0.1:9090" },
          "channels": { {{string.Join(",", s_channels.Select(channel => $$"""
            "{{channel.Name}}": { "sources": [ "{{channel.Source}}" ],
              "outputs": [ { "to": "rtp://{{Host(channel.Output)}}:{{OutputPort}}", "iface": "e0", "ttl": 4 } ] }
            """))}} } }
        """;

    private static string Host(string address) => address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;

    private static DatagramSocket OpenSender(string group, bool isIntruder)
    {
        var isIPv6 = group.Contains(':', StringComparison.Ordinal);
        var from = (isIPv6, isIntruder) switch
        {
            (false, false) => "10.77.0.1",
            (false, true) => "10.77.0.3",
            (true, false) => "fd77::1",
            _ => "fd77::3",
        };
        var options = new DatagramSocketOptions { BindAddress = IPAddress.Parse(from), MulticastInterface = "h0", MulticastTtl = 4 };
        Assert.True(DatagramSocket.TryOpen(options, out var socket, out var error), error.Message);
        return socket;
    }

    private static void Send(DatagramSocket socket, string group, int index, byte who)
    {
        var packet = new byte[RtpHeader.Size + 188];
        new RtpHeader(RtpStaticPayloadTypes.Mp2t, false, (ushort)index, (uint)(index * 450), who).Write(packet);
        (packet[RtpHeader.Size], packet[RtpHeader.Size + 4]) = (0x47, who);
        Assert.Equal(packet.Length, socket.SendTo(DatagramAddress.From(IPAddress.Parse(group), SourcePort), packet));
    }

    /// <summary>Joined to one output group in the headend's namespace; counts what comes, by sequence number.</summary>
    private sealed class GroupListener : IDisposable
    {
        private const int BatchMax = 64, SlotBytes = 2048;
        private readonly DatagramSocket _socket;
        private readonly ReceiveBatch _batch = new(BatchMax);
        private readonly NativeBuffer _memory = new(BatchMax * SlotBytes, prefault: true);
        private ushort _last;

        public GroupListener(IPAddress group)
        {
            var options = new DatagramSocketOptions
            {
                BindAddress = group, Port = OutputPort, MulticastGroup = group, Interface = "h0", ReceiveBufferBytes = 4 << 20,
            };
            Assert.True(DatagramSocket.TryOpen(options, out _socket, out var error), error.Message);
            for (var i = 0; i < BatchMax; i++) _batch.SetBuffer(i, _memory.Address + i * SlotBytes, SlotBytes);
        }

        public int Count { get; private set; }
        public int Gaps { get; private set; }
        public int FromIntruder { get; private set; }

        public void Listen()
        {
            for (int received; (received = _socket.ReceiveBatch(_batch, SystemClock.Now)) > 0;)
                for (var i = 0; i < received; i++) Take(_memory.Slice(i * SlotBytes, _batch.Length(i)));
        }

        public void Dispose()
        {
            _socket.Dispose();
            _batch.Dispose();
            _memory.Dispose();
        }

        private void Take(ReadOnlySpan<byte> datagram)
        {
            Assert.True(RtpPacket.TryParse(datagram, out var packet));
            if (Count > 0 && packet.SequenceNumber != (ushort)(_last + 1)) Gaps++;
            if (packet.Payload[4] == Intruder) FromIntruder++;
            (_last, Count) = (packet.SequenceNumber, Count + 1);
        }
    }
}
