using System.Net;
using System.Net.Sockets;
using Sluice.Tests.Kit.Media;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Rtp;
using Sluice.Wire.MpegTs;
using Sluice.Wire.Rtp;

namespace Sluice.Tests.EndToEnd;

/// <summary>One packet as a viewer got it.</summary>
internal readonly record struct SeenPacket(long AtNs, byte[] Datagram);

/// <summary>A viewer who joins by RTSP, over UDP or TCP, and notes when each packet comes: from PLAY to the first whole picture, or longer.</summary>
internal sealed class JoiningViewer(string url, int rtspPort, FirstPicture picture)
{
    private const int BufferBytes = 4 << 20;
    private long _playNs;

    public List<SeenPacket> Packets { get; } = [];

    public FirstPicture Picture => picture;

    /// <summary>From sending PLAY to the last packet of the first picture that a decoder can begin with.</summary>
    public double PictureMs { get; private set; } = double.PositiveInfinity;

    public string RtpInfo { get; private set; } = "";

    /// <param name="tcp">Interleaved.</param>
    /// <param name="stayMs">How long to go on after PLAY, if longer than to the picture.</param>
    /// <param name="bound">The longest to wait for the picture.</param>
    public async Task JoinAsync(bool tcp, int stayMs, TimeSpan bound)
    {
        using var dialogue = await RtspDialogue.ConnectAsync(rtspPort);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = BufferBytes };
        var port = FreePorts.Pair();
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        var setup = await dialogue.AskAsync("SETUP", url, tcp
            ? "Transport: RTP/AVP/TCP;unicast;interleaved=0-1" : $"Transport: RTP/AVP;unicast;client_port={port}-{port + 1}");
        Assert.Equal(200, setup.Status);
        using var stop = new CancellationTokenSource(bound);
        var receiving = tcp ? Task.CompletedTask : ReceiveAsync(socket, stayMs, stop.Token);
        _playNs = Stamp.NowNs();
        var play = await dialogue.AskAsync("PLAY", url, $"Session: {setup.Session}");
        Assert.Equal(200, play.Status);
        RtpInfo = play.Header("RTP-Info");
        if (tcp) await ReadAsync(dialogue, stayMs, stop);
        await receiving;
        await dialogue.AskAsync("TEARDOWN", url, $"Session: {setup.Session}");
    }

    /// <summary>The same by HTTP: from sending the request. What is left of a packet at the end of a read waits for the next.</summary>
    public async Task JoinByHttpAsync(IPEndPoint server, string path, TimeSpan bound)
    {
        using var peer = await HttpPeer.ConnectAsync(server);
        _playNs = Stamp.NowNs();
        Assert.StartsWith("HTTP/1.1 200", await peer.GetAsync(path));
        byte[] rest = [];
        while (!picture.IsWhole && Stamp.NowNs() - _playNs < bound.TotalNanoseconds && await peer.BodyAsync() is { } body)
        {
            rest = [.. rest, .. body];
            var whole = rest.Length - rest.Length % TsPacket.Size;
            if (picture.TakePackets(rest.AsSpan(0, whole))) PictureMs = (Stamp.NowNs() - _playNs) / 1e6;
            rest = rest[whole..];
        }
    }

    private async Task ReceiveAsync(Socket socket, int stayMs, CancellationToken stop)
    {
        var buffer = new byte[2048];
        try
        {
            while (!IsDone(stayMs)) Take(buffer.AsSpan(0, await socket.ReceiveAsync(buffer, stop)));
        }
        catch (OperationCanceledException)
        {
            // No picture in time: its time says so.
        }
    }

    private async Task ReadAsync(RtspDialogue dialogue, int stayMs, CancellationTokenSource stop) =>
        await dialogue.ReadFramesAsync((channel, frame) =>
        {
            if (channel == 0) Take(frame);
            if (IsDone(stayMs)) stop.Cancel();
        }, stop.Token);

    private bool IsDone(int stayMs) => picture.IsWhole && Stamp.NowNs() - _playNs >= stayMs * 1_000_000L;

    private void Take(ReadOnlySpan<byte> datagram)
    {
        var nowNs = Stamp.NowNs();
        if (!RtpHeader.TryRead(datagram, out _)) return;
        Packets.Add(new SeenPacket(nowNs, datagram.ToArray()));
        if (picture.Take(datagram)) PictureMs = (nowNs - _playNs) / 1e6;
    }
}
