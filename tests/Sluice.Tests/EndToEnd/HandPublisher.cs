using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Sluice.Tests.Kit.Net;
using Sluice.Wire.Auth;

namespace Sluice.Tests.EndToEnd;

/// <summary>A publisher driven by hand: one MPEG-TS track, packets one by one, over TCP or from a UDP port pair.</summary>
internal sealed class HandPublisher : IDisposable
{
    private const string Sdp = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 33\r\na=control:trackID=0\r\n";
    private readonly RtspDialogue _dialogue;
    private readonly string _url;
    public const uint Ssrc = 0xABCD;
    private string _session = "";
    private ushort _sequence = 100;

    private HandPublisher(RtspDialogue dialogue, string url) => (_dialogue, _url) = (dialogue, url);

    /// <summary>UDP: where its packets go.</summary>
    public IPEndPoint? ServerPort { get; private set; }

    /// <summary>UDP: where they come from.</summary>
    public Socket Socket { get; } = From("127.0.0.1");

    public static async Task<HandPublisher> ConnectAsync(EngineRig rig, string moreSdp = "", (string, string)? user = null) =>
        new(await RtspDialogue.ConnectAsync(rig.RtspPort), rig.RtspUrl) { MoreSdp = moreSdp, User = user };

    public static Socket From(string address)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(address), FreePorts.Pair()));
        return socket;
    }

    /// <summary>Behind the track's lines.</summary>
    public string MoreSdp { get; init; } = "";

    /// <summary>Name and password, where the channel asks for them.</summary>
    public (string Name, string Password)? User { get; init; }

    public async Task<RtspReply> AnnounceAsync()
    {
        var reply = await AnnounceAsync("");
        return reply.Status != 401 || User is null ? reply : await AnnounceAsync(Answer(reply, "ANNOUNCE", _url) + "\r\n");
    }

    private Task<RtspReply> AnnounceAsync(string header) => _dialogue.AskRawAsync($"ANNOUNCE {_url} RTSP/1.0\r\nCSeq: 1\r\n{header}"
        + $"Content-Type: application/sdp\r\nContent-Length: {Sdp.Length + MoreSdp.Length}\r\n\r\n{Sdp}{MoreSdp}");

    private string Answer(RtspReply reply, string method, string url) =>
        DigestChallenge.TryParse(Encoding.ASCII.GetBytes(reply.Header("WWW-Authenticate")), out var challenge)
            ? $"Authorization: {challenge.Answer(User!.Value.Name, User.Value.Password, method, url, 1)}" : throw new InvalidDataException("No challenge.");

    public async Task<RtspReply> SetUpAsync(bool overTcp, string? url = null)
    {
        var port = ((IPEndPoint)Socket.LocalEndPoint!).Port;
        var (track, transport) = ((url ?? _url) + "/trackID=0",
            overTcp ? "Transport: RTP/AVP/TCP;unicast;interleaved=0-1;mode=record" : $"Transport: RTP/AVP;unicast;client_port={port}-{port + 1};mode=record");
        var setup = await _dialogue.AskAsync("SETUP", track, transport);
        if (setup.Status == 401 && User is not null)
            setup = await _dialogue.AskAsync("SETUP", track, transport, Answer(setup, "SETUP", track));
        if (setup.Status != 200)
            return setup;
        _session = setup.Session;
        if (!overTcp)
            ServerPort = new IPEndPoint(IPAddress.Loopback, int.Parse(setup.Header("Transport").Split("server_port=")[1].Split('-')[0]));
        return setup;
    }

    public Task<RtspReply> AskAsync(string method) => _dialogue.AskAsync(method, _url, $"Session: {_session}");

    /// <summary>All of it, up to RECORD.</summary>
    public async Task PublishAsync(bool overTcp)
    {
        Assert.Equal((200, 200), ((await AnnounceAsync()).Status, (await SetUpAsync(overTcp)).Status));
        Assert.Equal(200, (await AskAsync("RECORD")).Status);
    }

    /// <summary>The next packet of its stream.</summary>
    public byte[] Next() => Packet(Ssrc, _sequence++);

    /// <summary>Any packet of seven null packets.</summary>
    public static byte[] Packet(uint ssrc, int sequence, byte payloadType = 33)
    {
        var packet = new byte[12 + (7 * 188)];
        (packet[0], packet[1]) = (0x80, payloadType);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)sequence);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), (uint)(90 * sequence));
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), ssrc);
        for (var at = 12; at < packet.Length; at += 188)
            (packet[at], packet[at + 1], packet[at + 2], packet[at + 3]) = (0x47, 0x1F, 0xFF, 0x10);
        return packet;
    }

    public Task FrameAsync(byte channel, byte[] packet) => _dialogue.SendRawAsync(Frame(channel, packet));

    /// <summary>The next packets of its stream, in one piece.</summary>
    public Task FramesAsync(int count) => _dialogue.SendRawAsync([.. Enumerable.Range(0, count).SelectMany(_ => Frame(0, Next()))]);

    private static byte[] Frame(byte channel, byte[] packet) => [(byte)'$', channel, (byte)(packet.Length >> 8), (byte)packet.Length, .. packet];

    public void Datagram(byte[] packet) => Socket.SendTo(packet, ServerPort!);

    public void Dispose()
    {
        _dialogue.Dispose();
        Socket.Dispose();
    }
}
