using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Sluice.Tests.Kit.Net;

/// <summary>
/// The smallest RTSP server that VLC (SAT&gt;IP), ffmpeg and GStreamer play MPEG-TS from, over UDP and interleaved. It proves the player
/// drivers without the engine, and with seeded loss proves that they see loss. Packets come from the <see cref="LossyRelay"/> it owns.
/// </summary>
internal sealed partial class RtspStub : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, FreePorts.One());
    private readonly LossProfile _profile;
    private readonly int _mediaPort = FreePorts.Pair();
    private readonly List<TcpClient> _connections = [];

    public RtspStub(LossProfile profile)
    {
        _profile = profile;
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>Push MPEG-TS over RTP to this relay's port.</summary>
    public LossyRelay Relay { get; } = new(Array.Empty<(Action<Socket, byte[]>, LossProfile)>());
    public string Url => $"rtsp://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/clip";

    public void Dispose()
    {
        _listener.Stop();
        lock (_connections)
            foreach (var connection in _connections) connection.Dispose();
        Relay.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var connection = await _listener.AcceptTcpClientAsync().ConfigureAwait(false);
                lock (_connections) _connections.Add(connection);
                _ = ServeAsync(connection);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(TcpClient connection)
    {
        var stream = connection.GetStream();
        Action<Socket, byte[]>? send = null;
        Action remove = () => { };
        try
        {
            while (await ReadRequestAsync(stream).ConfigureAwait(false) is { } request)
            {
                var method = request[..request.IndexOf(' ')];
                if (method == "SETUP") send = Destination(request, stream);
                var reply = Encoding.ASCII.GetBytes(Reply(method, request));
                lock (stream) stream.Write(reply);
                if (method == "PLAY" && send is not null) remove = Relay.Add(send, _profile);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The client left.
        }
        remove();
    }

    private static Action<Socket, byte[]> Destination(string request, NetworkStream stream)
    {
        if (ClientPort().Match(request) is not { Success: true } match) return (_, datagram) => SendInterleaved(stream, datagram);
        var to = new IPEndPoint(IPAddress.Loopback, int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
        return (socket, datagram) => LossyRelay.Send(socket, datagram, to);
    }

    private static void SendInterleaved(NetworkStream stream, byte[] datagram)
    {
        byte[] frame = [(byte)'$', 0, (byte)(datagram.Length >> 8), (byte)datagram.Length, .. datagram];
        try { lock (stream) stream.Write(frame); }
        catch (Exception e) when (e is IOException or ObjectDisposedException) { /* the client left */ }
    }

    private string Reply(string method, string request)
    {
        var sequence = Header(request, "CSeq");
        var head = $"RTSP/1.0 200 OK\r\nCSeq: {sequence}\r\n";
        const string Session = "Session: 12345678\r\n";
        return method switch
        {
            "OPTIONS" => $"{head}Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n\r\n",
            "DESCRIBE" => $"{head}Content-Base: {Url}/\r\nContent-Type: application/sdp\r\nContent-Length: {Sdp.Length}\r\n\r\n{Sdp}",
            "SETUP" when ClientPort().IsMatch(request) =>
                $"{head}{Session}Content-Base: {Url}/\r\nTransport: {Header(request, "Transport")};server_port={_mediaPort}-{_mediaPort + 1}\r\n\r\n",
            "SETUP" => $"{head}{Session}Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n",
            _ => $"{head}{Session}\r\n",
        };
    }

    private const string Sdp =
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=clip\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\na=control:*\r\n" +
        "m=video 0 RTP/AVP 33\r\na=rtpmap:33 MP2T/90000\r\na=control:track0\r\n";

    /// <summary>One request up to its empty line; interleaved frames from the client are skipped; null at the end.</summary>
    private static async Task<string?> ReadRequestAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        var one = new byte[1];
        while (await stream.ReadAsync(one).ConfigureAwait(false) == 1)
        {
            if (text.Length == 0 && one[0] == '$')
            {
                var header = new byte[3];
                await stream.ReadExactlyAsync(header).ConfigureAwait(false);
                await stream.ReadExactlyAsync(new byte[(header[1] << 8) | header[2]]).ConfigureAwait(false);
                continue;
            }
            text.Append((char)one[0]);
            if (text.Length >= 4 && text.ToString(text.Length - 4, 4) == "\r\n\r\n") return text.ToString();
        }
        return null;
    }

    private static string Header(string request, string name) =>
        request.Split("\r\n").First(l => l.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))[(name.Length + 1)..].Trim();

    [GeneratedRegex(@"client_port=(\d+)")]
    private static partial Regex ClientPort();
}
