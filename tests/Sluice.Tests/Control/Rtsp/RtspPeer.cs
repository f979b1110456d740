using System.Buffers;
using System.Net;
using System.Text;
using Sluice.Control.Rtsp;
using Sluice.Linux;
using Sluice.Wire.Rtsp;

namespace Sluice.Tests.Control.Rtsp;

/// <summary>One answer, read back with the reader that clients of ours will use.</summary>
internal sealed record Reply(int Status, Dictionary<string, string> Headers, string Body)
{
    public string this[string name] => Headers[name];
}

/// <summary>A client and its connection to a core: sends text, reads the answers, executes the commands as a host does.</summary>
internal sealed class RtspPeer
{
    private const long SecondNs = 1_000_000_000;

    private readonly List<byte[]> _pending = [];
    private int _cseq;

    public RtspPeer(FakeAdmission admission, RtspServerCounters? counters = null, string? address = null, RtspServerOptions? options = null)
    {
        Admission = admission;
        Counters = counters ?? new RtspServerCounters();
        var peer = address is null ? FakeAdmission.Peer : IPAddress.Parse(address);
        Core = new RtspServerCore(admission, peer, options ?? RtspServerOptions.Default, Counters, Now);
    }

    public FakeAdmission Admission { get; }
    public RtspServerCounters Counters { get; }
    public RtspServerCore Core { get; }
    public MonotonicTime Now { get; private set; } = new(1_000 * SecondNs);
    public RtspVerdict Verdict { get; private set; }
    public List<SessionCommand> Commands { get; } = [];

    /// <summary>Everything the server ever said.</summary>
    public StringBuilder Said { get; } = new();

    public string? Session { get; set; }

    public List<Reply> SendBytes(ReadOnlySpan<byte> bytes, int chunk = int.MaxValue)
    {
        var replies = new ArrayBufferWriter<byte>();
        for (var at = 0; at < bytes.Length; at += Math.Min(chunk, bytes.Length - at))
        {
            _pending.Add(bytes.Slice(at, Math.Min(chunk, bytes.Length - at)).ToArray());
            var input = Wire.Rtsp.Segments.Of(_pending);
            var commands = new Queue<SessionCommand>();
            Verdict = Core.Receive(ref input, replies, commands, Now);
            Execute(commands);
            var left = input.ToArray();
            _pending.Clear();
            if (left.Length > 0)
                _pending.Add(left);
            if (Verdict == RtspVerdict.Close)
                break;
        }
        return ReadReplies(replies.WrittenMemory);
    }

    public List<Reply> SendText(string text) => SendBytes(Encoding.Latin1.GetBytes(text));

    /// <summary>One request with the next CSeq and, when there is one, the session id; the one answer, its CSeq checked.</summary>
    public Reply Ask(string method, string url, params string[] headers)
    {
        var cseq = _cseq++;
        var session = Session is null || headers.Any(header => header.StartsWith("Session", StringComparison.Ordinal)) ? "" : $"Session: {Session}\r\n";
        var more = string.Concat(headers.Select(header => header + "\r\n"));
        var reply = Assert.Single(SendText($"{method} {url} RTSP/1.0\r\nCSeq: {cseq}\r\n{session}{more}\r\n"));
        Assert.Equal(cseq.ToString(), reply["CSeq"]);
        return reply;
    }

    /// <summary>SETUP that keeps the session id.</summary>
    public Reply Setup(string url = "rtsp://h:8554/demo", string transport = "RTP/AVP;unicast;client_port=5000-5001")
    {
        var reply = Ask("SETUP", url, $"Transport: {transport}");
        if (reply.Status == 200)
            Session = reply["Session"].Split(';')[0];
        return reply;
    }

    /// <summary>ANNOUNCE with a description.</summary>
    public Reply Announce(string url, string sdp, string type = "application/sdp")
    {
        var session = Session is null ? "" : $"Session: {Session}\r\n";
        return Assert.Single(SendText(
            $"ANNOUNCE {url} RTSP/1.0\r\nCSeq: {_cseq++}\r\n{session}Content-Type: {type}\r\nContent-Length: {sdp.Length}\r\n\r\n{sdp}"));
    }

    public List<Reply> Pass(double seconds)
    {
        Now += (long)(seconds * SecondNs);
        if (Now < Core.NextDeadline)
            return [];
        var replies = new ArrayBufferWriter<byte>();
        var commands = new Queue<SessionCommand>();
        Verdict = Core.OnDeadline(replies, commands, Now);
        Execute(commands);
        return ReadReplies(replies.WrittenMemory);
    }

    public void Disconnect()
    {
        var commands = new Queue<SessionCommand>();
        Core.OnDisconnected(commands);
        Execute(commands);
    }

    private void Execute(Queue<SessionCommand> commands)
    {
        foreach (var command in commands)
        {
            Commands.Add(command);
            Admission.Execute(command);
        }
    }

    private List<Reply> ReadReplies(ReadOnlyMemory<byte> bytes)
    {
        Said.Append(Encoding.Latin1.GetString(bytes.Span));
        var reader = new RtspReader();
        var input = new ReadOnlySequence<byte>(bytes);
        var replies = new List<Reply>();
        while (reader.Read(ref input) is var result && result != RtspReadResult.NeedMore)
        {
            Assert.Equal(RtspReadResult.Response, result);
            var headers = new Dictionary<string, string>();
            for (var i = 0; i < reader.Message.HeaderCount; i++)
                Keep(headers, Encoding.Latin1.GetString(reader.Message.HeaderName(i)), Encoding.Latin1.GetString(reader.Message.HeaderValue(i)));
            replies.Add(new Reply(reader.Message.StatusCode, headers, Encoding.Latin1.GetString(reader.Message.Body)));
        }
        Assert.True(input.IsEmpty);
        return replies;
    }

    /// <summary>Only challenges may stand there more than once: one a line.</summary>
    private static void Keep(Dictionary<string, string> headers, string name, string value)
    {
        if (!headers.TryAdd(name, value))
        {
            Assert.Equal("WWW-Authenticate", name);
            headers[name] += "\n" + value;
        }
    }
}
