using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Rtp;

namespace Sluice.Tests.EndToEnd;

/// <summary>A packet of a track: when it came, its header, what is in it, and how it begins.</summary>
internal readonly record struct TrackPacket(long ArrivalNs, ushort Sequence, uint Timestamp, bool Marker, ulong Content, byte First);

/// <summary>One track as it came: its packets in order, and its sender's reports.</summary>
internal sealed class TrackRecord(int clockRate)
{
    public int ClockRate => clockRate;
    public List<TrackPacket> Packets { get; } = [];
    public List<ReceivedSenderReport> Reports { get; } = [];
    public HashSet<uint> Ssrcs { get; } = [];

    public int Count
    {
        get
        {
            lock (Packets)
                return Packets.Count;
        }
    }

    public int ReportCount
    {
        get
        {
            lock (Packets)
                return Reports.Count;
        }
    }

    /// <summary>Takes what comes to a port of loopback until the socket is disposed.</summary>
    public Socket Listen(int port, bool isReport)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 1 << 20 };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _ = ReadAsync(socket, isReport);
        return socket;
    }

    private async Task ReadAsync(Socket socket, bool isReport)
    {
        var buffer = new byte[2_048];
        try
        {
            while (true)
            {
                var length = await socket.ReceiveAsync(buffer.AsMemory(), SocketFlags.None);
                Take(buffer.AsSpan(0, length), isReport, Stamp.NowNs());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test has seen enough.
        }
    }

    public TrackPacket[] Taken()
    {
        lock (Packets)
            return [.. Packets];
    }

    /// <summary>When the sender says that a packet's timestamp was, s: by its first report from an instant on (RFC 3550 §6.4.1).</summary>
    public double SaidSeconds(in TrackPacket packet, long sinceNs)
    {
        ReceivedSenderReport report;
        lock (Packets)
            report = Reports.First(one => one.ArrivalNs >= sinceNs);
        return (report.Ntp / 4294967296.0) + ((int)(packet.Timestamp - report.RtpTimestamp) / (double)clockRate);
    }

    public void Take(ReadOnlySpan<byte> datagram, bool isReport, long nowNs)
    {
        lock (Packets)
            if (!isReport && datagram.Length > 12)
            {
                Ssrcs.Add(BinaryPrimitives.ReadUInt32BigEndian(datagram[8..]));
                Packets.Add(new TrackPacket(nowNs, BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]), BinaryPrimitives.ReadUInt32BigEndian(datagram[4..]),
                    datagram[1] >> 7 == 1, BitConverter.ToUInt64(SHA256.HashData(datagram[12..])), datagram[12]));
            }
            else if (isReport && datagram.Length >= 28 && datagram[1] == 200)
                Reports.Add(new ReceivedSenderReport(nowNs, BinaryPrimitives.ReadUInt32BigEndian(datagram[4..]),
                    BinaryPrimitives.ReadUInt64BigEndian(datagram[8..]), BinaryPrimitives.ReadUInt32BigEndian(datagram[16..]), 0, 0));
    }
}

/// <summary>A scripted RTSP session of picture (track 0) and sound (track 1) over UDP that asks for time and keeps all it gets.</summary>
internal sealed partial class TrackedSession : IDisposable
{
    private readonly RtspDialogue _dialogue;
    private readonly string _url;
    private readonly List<Socket> _sockets = [];
    private string _session = "";

    private TrackedSession(RtspDialogue dialogue, string url) => (_dialogue, _url) = (dialogue, url);

    public TrackRecord Picture { get; } = new(90_000);
    public TrackRecord Sound { get; } = new(48_000);

    public static async Task<TrackedSession> SetUpAsync(EngineRig rig, string channel)
    {
        var session = new TrackedSession(await RtspDialogue.ConnectAsync(rig.RtspPort), rig.UrlOf(channel));
        foreach (var (record, track) in new[] { (session.Picture, 0), (session.Sound, 1) })
        {
            var port = FreePorts.Pair();
            session._sockets.Add(record.Listen(port, isReport: false));
            session._sockets.Add(record.Listen(port + 1, isReport: true));
            string[] known = session._session.Length > 0 ? [$"Session: {session._session}"] : [];
            var setup = await session._dialogue.AskAsync("SETUP", $"{session._url}/trackID={track}",
                [$"Transport: RTP/AVP;unicast;client_port={port}-{port + 1}", .. known]);
            Assert.Equal(200, setup.Status);
            session._session = setup.Session;
        }
        return session;
    }

    public Task<RtspReply> AskAsync(string method, params string[] headers) => _dialogue.AskAsync(method, _url, [$"Session: {_session}", .. headers]);

    /// <summary>Where each track begins, by the answer: picture, then sound.</summary>
    public async Task<(PlayStart Picture, PlayStart Sound)> PlayAsync(params string[] headers)
    {
        var reply = await AskAsync("PLAY", headers);
        Assert.True(reply.Status == 200, $"PLAY {string.Join(", ", headers)}: {reply.Status}");
        var starts = Info().Matches(reply.Header("RTP-Info")).Select(info => new PlayStart(reply.Header("Range"),
            ushort.Parse(info.Groups[2].ValueSpan, CultureInfo.InvariantCulture), uint.Parse(info.Groups[3].ValueSpan, CultureInfo.InvariantCulture),
            reply.Header("Scale"))).ToArray();
        Assert.True(starts.Length == 2, reply.Header("RTP-Info"));
        return (starts[0], starts[1]);
    }

    public void Dispose()
    {
        _sockets.ForEach(socket => socket.Dispose());
        _dialogue.Dispose();
    }

    [GeneratedRegex(@"trackID=(\d);seq=(\d+);rtptime=(\d+)")]
    private static partial Regex Info();
}
