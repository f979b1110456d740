using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sluice.Tests.Host.Rtsp;

/// <summary>A player's end of an RTSP connection: sends text, reads replies and interleaved frames as they come.</summary>
internal sealed class RtspClient : IDisposable
{
    private readonly TcpClient _tcp = new() { NoDelay = true };
    private NetworkStream _stream = null!;
    private int _cseq;

    public List<byte[]> Frames { get; } = [];

    /// <summary>The server did not close the connection but cut it (RST): what it does to those that do not go by themselves.</summary>
    public bool WasReset { get; private set; }

    public static async Task<RtspClient> ConnectAsync(IPEndPoint server)
    {
        var client = new RtspClient();
        await client._tcp.ConnectAsync(server);
        client._stream = client._tcp.GetStream();
        return client;
    }

    public Task SendAsync(string method, string url, string headers = "") =>
        _stream.WriteAsync(Encoding.ASCII.GetBytes($"{method} {url} RTSP/1.0\r\nCSeq: {++_cseq}\r\n{headers}\r\n")).AsTask();

    public Task SendRawAsync(string text) => _stream.WriteAsync(Encoding.ASCII.GetBytes(text)).AsTask();

    /// <summary>The next reply's head; frames before it are kept in <see cref="Frames"/>. Null when the server closed.</summary>
    public async Task<string?> ReplyAsync()
    {
        while (await ReadItemAsync() is { } item)
        {
            if (item.Reply is not null)
                return item.Reply;
        }
        return null;
    }

    /// <summary>One reply or one frame; a byte that can begin neither fails the test.</summary>
    public async Task<(string? Reply, byte[]? Frame)?> ReadItemAsync()
    {
        var first = new byte[1];
        if (await ReadAsync(first) == 0)
            return null;
        if (first[0] == '$')
        {
            var head = new byte[3];
            await _stream.ReadExactlyAsync(head).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
            var body = new byte[BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(1))];
            await _stream.ReadExactlyAsync(body).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
            Frames.Add(body);
            return (null, body);
        }
        Assert.Equal((byte)'R', first[0]);
        var text = new StringBuilder("R");
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await ReadAsync(first) == 0)
                return null;
            text.Append((char)first[0]);
        }
        return (text.ToString(), null);
    }

    public async Task<string> PlayInterleavedAsync()
    {
        await SendAsync("SETUP", "rtsp://x/news", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n");
        var setup = await ReplyAsync();
        Assert.StartsWith("RTSP/1.0 200", setup);
        var session = setup!.Split("Session: ")[1].Split([';', '\r'])[0];
        await SendAsync("PLAY", "rtsp://x/news", $"Session: {session}\r\n");
        Assert.StartsWith("RTSP/1.0 200", await ReplyAsync());
        return session;
    }

    public void Dispose() => _tcp.Dispose();

    private async Task<int> ReadAsync(byte[] target)
    {
        try
        {
            return await _stream.ReadAsync(target).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        }
        catch (IOException)
        {
            WasReset = true;
            return 0;
        }
    }
}
