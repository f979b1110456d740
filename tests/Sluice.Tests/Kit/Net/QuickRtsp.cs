using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Sluice.Tests.Kit.Net;

/// <summary>
/// A small RTSP client for crowds: one socket, one buffer, no stream. Interleaved frames before a reply are read over. One task at a time.
/// </summary>
internal sealed class QuickRtsp : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] _buffer = new byte[1024];
    private int _start, _end, _cseq;

    public static async Task<QuickRtsp> ConnectAsync(int port, int? receiveBufferBytes = null)
    {
        var client = new QuickRtsp();
        if (receiveBufferBytes is { } bytes) client._socket.ReceiveBufferSize = bytes;
        await client._socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port)).WaitAsync(s_patience).ConfigureAwait(false);
        return client;
    }

    /// <param name="headers">Each with its line end.</param>
    public async Task<(int Status, string Session)> AskAsync(string method, string url, string headers)
    {
        await SendAsync($"{method} {url} RTSP/1.0\r\nCSeq: {++_cseq}\r\n{headers}\r\n").ConfigureAwait(false);
        return await ReplyAsync().ConfigureAwait(false);
    }

    /// <summary>Requests that do not wait for each other's reply (RFC 2326 §9.1): all in one write, then as many statuses, in order.</summary>
    /// <param name="headers">Of each request, each header with its line end.</param>
    public async Task<int[]> AskTogetherAsync(string method, string url, IReadOnlyList<string> headers)
    {
        var text = new StringBuilder();
        foreach (var one in headers) text.Append(CultureInfo.InvariantCulture, $"{method} {url} RTSP/1.0\r\nCSeq: {++_cseq}\r\n{one}\r\n");
        await SendAsync(text.ToString()).ConfigureAwait(false);
        var statuses = new int[headers.Count];
        for (var i = 0; i < statuses.Length; i++) statuses[i] = (await ReplyAsync().ConfigureAwait(false)).Status;
        return statuses;
    }

    public async Task SendAsync(string text)
    {
        for (ReadOnlyMemory<byte> rest = Encoding.ASCII.GetBytes(text); !rest.IsEmpty;)
            rest = rest[await _socket.SendAsync(rest).ConfigureAwait(false)..];
    }

    /// <summary>The next interleaved frame.</summary>
    public async Task FrameAsync()
    {
        while (!TakeFrame()) await FillAsync().ConfigureAwait(false);
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>The next reply without a body: its status and the session id that it names.</summary>
    private async Task<(int Status, string Session)> ReplyAsync()
    {
        while (true)
        {
            if (TakeFrame()) continue;
            var end = _end > _start && _buffer[_start] != '$' ? _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n\r\n"u8) : -1;
            if (end < 0)
            {
                await FillAsync().ConfigureAwait(false);
                continue;
            }
            var head = Encoding.ASCII.GetString(_buffer, _start, end);
            _start += end + 4;
            var at = head.IndexOf("\r\nSession: ", StringComparison.Ordinal);
            return (int.Parse(head.AsSpan(9, 3), CultureInfo.InvariantCulture), at < 0 ? "" : head[(at + 11)..].Split(';', '\r')[0]);
        }
    }

    private bool TakeFrame()
    {
        if (_end - _start < 4 || _buffer[_start] != '$') return false;
        var length = 4 + (_buffer[_start + 2] << 8 | _buffer[_start + 3]);
        if (_end - _start < length) return false;
        _start += length;
        return true;
    }

    private async Task FillAsync()
    {
        if (_start > 0) _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        if (_end == _buffer.Length) Array.Resize(ref _buffer, 2 * _end);
        var count = await _socket.ReceiveAsync(_buffer.AsMemory(_end)).AsTask().WaitAsync(s_patience).ConfigureAwait(false);
        if (count == 0) throw new EndOfStreamException("The server closed the connection.");
        _end += count;
    }
}
