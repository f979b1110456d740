using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sluice.Tests.Host.Pull;

/// <summary>One request as the camera heard it.</summary>
internal sealed record Asked(string Method, string Url, string Head)
{
    public string? Header(string name) => Head.Split("\r\n").FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)) is { } line
        ? line[(name.Length + 1)..].Trim() : null;
}

/// <summary>An RTSP server in the hands of a test: what it answers is the test's, what it was asked is remembered.</summary>
internal sealed class ScriptedCamera : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<TcpClient> _connections = [];
    private readonly List<Asked> _asked = [];

    public ScriptedCamera()
    {
        _listener.Start();
        Answer = Usual;
        _ = AcceptAsync();
    }

    public string Url => $"rtsp://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/cam";

    /// <summary>Status line's code, headers, body.</summary>
    public Func<Asked, (int Status, string Headers, string Body)> Answer { get; set; }

    public string Sdp { get; set; } = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=cam\r\nt=0 0\r\n"
        + "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:v\r\nm=audio 0 RTP/AVP 0\r\na=control:a\r\n";

    /// <summary>Whether SETUP over UDP is taken; its packets never come.</summary>
    public bool TakesUdp { get; set; }

    public IReadOnlyList<Asked> Heard
    {
        get
        {
            lock (_asked)
                return [.. _asked];
        }
    }

    public int Count(string method) => Heard.Count(one => one.Method == method);

    /// <summary>Interleaved, to whoever is connected.</summary>
    public void Send(byte channel, byte[] packet)
    {
        byte[] frame = [0x24, channel, (byte)(packet.Length >> 8), (byte)packet.Length, .. packet];
        lock (_connections)
            foreach (var connection in _connections.Where(connection => connection.Connected))
                connection.GetStream().Write(frame);
    }

    /// <summary>Ends every connection and goes on listening.</summary>
    public void HangUp()
    {
        lock (_connections)
        {
            foreach (var connection in _connections)
                connection.Dispose();
            _connections.Clear();
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        HangUp();
    }

    /// <summary>What a camera of two tracks says.</summary>
    public (int Status, string Headers, string Body) Usual(Asked asked) => asked.Method switch
    {
        "OPTIONS" => (200, "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER\r\n", ""),
        "DESCRIBE" => (200, $"Content-Base: {Url}/\r\nContent-Type: application/sdp\r\n", Sdp),
        "SETUP" when asked.Header("Transport")!.Contains("TCP", StringComparison.Ordinal) =>
            (200, $"Session: 7\r\nTransport: {asked.Header("Transport")}\r\n", ""),
        "SETUP" => TakesUdp ? (200, $"Session: 7\r\nTransport: {asked.Header("Transport")};server_port=9-10\r\n", "") : (461, "", ""),
        _ => (200, "Session: 7\r\n", ""),
    };

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync().ConfigureAwait(false));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(TcpClient connection)
    {
        lock (_connections)
            _connections.Add(connection);
        try
        {
            var stream = connection.GetStream();
            while (await ReadAsync(stream).ConfigureAwait(false) is { } asked)
            {
                lock (_asked)
                    _asked.Add(asked);
                var (status, headers, body) = Answer(asked);
                var length = body.Length > 0 ? string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n") : "";
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"RTSP/1.0 {status} X\r\nCSeq: {asked.Header("CSeq")}\r\n{headers}{length}\r\n{body}"))
                    .ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // One of us left.
        }
    }

    // Up to the empty line; frames are passed over.
    private static async Task<Asked?> ReadAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        var one = new byte[4];
        while (await stream.ReadAsync(one.AsMemory(0, 1)).ConfigureAwait(false) == 1)
        {
            if (text.Length == 0 && one[0] == 0x24)
            {
                await stream.ReadExactlyAsync(one.AsMemory(1, 3)).ConfigureAwait(false);
                await stream.ReadExactlyAsync(new byte[one[2] << 8 | one[3]]).ConfigureAwait(false);
                continue;
            }
            text.Append((char)one[0]);
            if (text.Length >= 4 && text.ToString(text.Length - 4, 4) == "\r\n\r\n")
            {
                var line = text.ToString().Split("\r\n")[0].Split(' ');
                return new Asked(line[0], line[1], text.ToString());
            }
        }
        return null;
    }
}
