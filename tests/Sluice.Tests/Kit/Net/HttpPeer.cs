using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sluice.Tests.Kit.Net;

/// <summary>A hand-driven HTTP client on a raw connection: old versions, small windows, readers that stop.</summary>
internal sealed class HttpPeer : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[64 << 10];
    private int _start, _end;

    private HttpPeer(Socket socket) => _socket = socket;

    /// <summary>Bytes of the body before the transfer coding was taken off.</summary>
    public bool IsChunked { get; private set; }

    /// <param name="receiveBufferBytes">A small window; must be set before the connection is made (tcp(7)).</param>
    /// <param name="place">The network namespace that the peer is in; null = ours.</param>
    public static async Task<HttpPeer> ConnectAsync(IPEndPoint server, int? receiveBufferBytes = null, NetworkNamespace? place = null)
    {
        Socket Open() => new(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var socket = place is null ? Open() : place.Run(Open);
        if (receiveBufferBytes is { } bytes) socket.ReceiveBufferSize = bytes;
        await socket.ConnectAsync(server).WaitAsync(s_patience).ConfigureAwait(false);
        return new HttpPeer(socket);
    }

    public Task SendAsync(string text) => _socket.SendAsync(Encoding.ASCII.GetBytes(text));

    /// <summary>Asks and reads the head; what follows stays to be read.</summary>
    public async Task<string> GetAsync(string path, string version = "HTTP/1.1", string method = "GET")
    {
        await SendAsync($"{method} {path} {version}\r\nHost: x\r\n\r\n").ConfigureAwait(false);
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            head.Append((char)(await ByteAsync().ConfigureAwait(false) ?? throw new EndOfStreamException(head.ToString())));
        IsChunked = head.ToString().Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase);
        return head.ToString();
    }

    /// <summary>The next bytes of the body without its transfer coding; null when the server has ended it or the connection.</summary>
    public async Task<byte[]?> BodyAsync()
    {
        if (!IsChunked)
            return await FillAsync().ConfigureAwait(false) ? Take(_end - _start) : null;
        if (await LineAsync().ConfigureAwait(false) is not { } size || Convert.ToInt32(size, 16) is not (> 0 and var length))
            return null;
        var chunk = new byte[length];
        for (var at = 0; at < length;)
        {
            if (!await FillAsync().ConfigureAwait(false)) return null;
            var piece = Take(Math.Min(length - at, _end - _start));
            piece.CopyTo(chunk, at);
            at += piece.Length;
        }
        await LineAsync().ConfigureAwait(false);
        return chunk;
    }

    /// <summary>Everything until the server closes.</summary>
    public async Task<string> TextAsync()
    {
        var text = new StringBuilder();
        while (await FillAsync().ConfigureAwait(false)) text.Append(Encoding.UTF8.GetString(Take(_end - _start)));
        return text.ToString();
    }

    /// <summary>Reads to the end of the connection, however it comes; the bytes are not looked at.</summary>
    public async Task DrainAsync()
    {
        while (await FillAsync().ConfigureAwait(false)) _start = _end;
    }

    public void Dispose() => _socket.Dispose();

    private byte[] Take(int count)
    {
        var bytes = _buffer.AsSpan(_start, count).ToArray();
        _start += count;
        return bytes;
    }

    private async Task<string?> LineAsync()
    {
        var line = new StringBuilder();
        while (await ByteAsync().ConfigureAwait(false) is { } one)
        {
            if (one == '\n') return line.ToString().TrimEnd('\r');
            line.Append((char)one);
        }
        return null;
    }

    private async ValueTask<byte?> ByteAsync() => await FillAsync().ConfigureAwait(false) ? _buffer[_start++] : null;

    private async ValueTask<bool> FillAsync()
    {
        if (_start < _end) return true;
        try
        {
            _start = 0;
            _end = await _socket.ReceiveAsync(_buffer.AsMemory()).AsTask().WaitAsync(s_patience).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            _end = 0;   // reset: as much an end as the other
        }
        return _end > 0;
    }
}
