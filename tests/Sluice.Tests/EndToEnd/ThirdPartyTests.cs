using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Processes;
using Sluice.Tests.Kit.Rtp;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd;

/// <summary>X4: engine, attacker and victim in three network namespaces; a raw socket sees every UDP datagram that comes to the victim.</summary>
[Collection(QuietMachine.Name)]
public class ThirdPartyTests(ITestOutputHelper output)
{
    private const string EdgeToAttacker = "10.88.0.1", Attacker = "10.88.0.2", EdgeToVictim = "10.88.1.1", Victim = "10.88.1.2";
    private const int Port = 40_000;
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(30);

    /// <summary>Every way to name somebody else, then the honest one.</summary>
    private static readonly (string Transport, int Status)[] s_ways =
    [
        ($"RTP/AVP;unicast;destination={Victim};client_port=40000-40001", 403),
        ($"RTP/AVP/UDP;unicast;client_port=40000-40001;destination={Victim};source={EdgeToVictim}", 403),
        ($"RTP/AVP;multicast;destination={Victim};port=40000-40001;ttl=3", 461),
        ("RTP/AVP;unicast;client_port=40000-40001", 200),
    ];

    [Fact]
    public async Task GetsNotOneByte()
    {
        using NetworkNamespace edge = new(), attacker = new(), victim = new();
        NetworkNamespace.Connect(edge, "ea", attacker, "a0");
        NetworkNamespace.Connect(edge, "ev", victim, "v0");
        edge.AddAddress("ea", $"{EdgeToAttacker}/24");
        attacker.AddAddress("a0", $"{Attacker}/24");
        edge.AddAddress("ev", $"{EdgeToVictim}/24");
        victim.AddAddress("v0", $"{Victim}/24");
        await using var engine = ChildProcess.Start("ip",
            ["netns", "exec", edge.Name, SluiceProcess.BinaryPath, "run", SluiceProcess.WriteConfiguration(Configuration)]);
        await engine.WaitForLineAsync("the engine", line => line.Contains("is up", StringComparison.Ordinal), s_bound);
        using var source = edge.Run(() => new StampedSender(new IPEndPoint(IPAddress.Loopback, 5004), new SendPlan(300)));
        using var sniffer = victim.Run(() => Bind(SocketType.Raw, Victim, 0));
        using var own = attacker.Run(() => Bind(SocketType.Dgram, Attacker, Port));
        using var tcp = attacker.Run(() => new TcpClient(EdgeToAttacker, 8554));
        // The way to the victim works: else nothing would prove anything.
        Assert.True(edge.Run(() => SendOnce(Victim)));
        await Eventually.TrueAsync("the sniffer", s_bound, () => sniffer.Available > 0);
        Assert.Equal(1, Drain(sniffer));

        PlayEveryWay(tcp.GetStream());

        var got = 0;
        await Eventually.TrueAsync("300 packets at the attacker's own port", s_bound, () => (got += Drain(own)) > 300);
        output.WriteLine($"{got} datagrams at the attacker's own port, {sniffer.Available} bytes at the victim");
        Assert.Equal(0, Drain(sniffer));
    }

    private const string Configuration = """
        { "rtsp": { "listen": "0.0.0.0:8554" }, "http": { "listen": "off" }, "admin": { "listen": "127.0.0.1:9090" },
          "channels": { "news": { "sources": [ "rtp://@:5004" ], "delay": 0 } } }
        """;

    private static void PlayEveryWay(NetworkStream stream)
    {
        var (cseq, head) = (0, "");
        foreach (var (transport, status) in s_ways)
        {
            head = Exchange(stream, $"SETUP rtsp://{EdgeToAttacker}:8554/news RTSP/1.0\r\nCSeq: {++cseq}\r\nTransport: {transport}\r\n\r\n");
            Assert.Equal((transport, status), (transport, Status(head)));
        }
        var session = Regex.Match(head, "Session: ([^;\r]+)").Groups[1].Value;
        Assert.Equal(200, Status(Exchange(stream, $"PLAY rtsp://{EdgeToAttacker}:8554/news RTSP/1.0\r\nCSeq: 9\r\nSession: {session}\r\n\r\n")));
    }

    private static int Status(string head) => int.Parse(head.AsSpan(9, 3), CultureInfo.InvariantCulture);

    private static string Exchange(NetworkStream stream, string request)
    {
        stream.Write(Encoding.ASCII.GetBytes(request));
        var bytes = new byte[4096];
        var length = 0;
        while (!Encoding.ASCII.GetString(bytes, 0, length).EndsWith("\r\n\r\n", StringComparison.Ordinal))
            length += stream.Read(bytes, length, bytes.Length - length);
        return Encoding.ASCII.GetString(bytes, 0, length);
    }

    private static Socket Bind(SocketType type, string address, int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, type, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(address), port));
        return socket;
    }

    private static bool SendOnce(string to)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        return socket.SendTo([1], new IPEndPoint(IPAddress.Parse(to), Port)) == 1;
    }

    private static int Drain(Socket socket)
    {
        var count = 0;
        for (var bytes = new byte[4096]; socket.Available > 0; count++) socket.Receive(bytes);
        return count;
    }
}
