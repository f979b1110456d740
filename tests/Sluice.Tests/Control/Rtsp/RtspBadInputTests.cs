using System.Text;
using Sluice.Control.Rtsp;

namespace Sluice.Tests.Control.Rtsp;

/// <summary>Bytes that are no request of ours (X1, X18, X23): each is told so, and the connection ends or goes on as stated.</summary>
public class RtspBadInputTests
{
    private const string Line = "OPTIONS * RTSP/1.0\r\n";

    private readonly RtspPeer _peer = new(new FakeAdmission());

    public static TheoryData<string, int, string?> Fatal => new()
    {
        { "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00FC\u0003\u0003", 400, null },      // TLS ClientHello
        { "GET / HTTP/1.1\r\nHost: h\r\n\r\n", 400, null },
        { "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, null },
        { "\u0000\u0001\u0002", 400, null },
        { "OPTIONS * RTSP/2.0\r\nCSeq: 3\r\n\r\n", 505, "3" },
        { Line + "CSeq: 3\r\nContent-Length: 2147483647\r\n\r\n", 413, "3" },
        { Line + "CSeq: 3\r\nContent-Length: 18446744073709551616\r\n\r\n", 413, "3" },
        { Line + "CSeq: 3\r\nContent-Length: -1\r\n\r\n", 400, "3" },
        { Line + "CSeq: 3\r\nContent-Length: +5\r\n\r\nhello", 400, "3" },
        { Line + "CSeq: 3\r\nContent-Length: 5,5\r\n\r\nhello", 400, "3" },
        { Line + "CSeq: 3\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400, "3" },
        { Line + "CSeq: 3\r\nX: " + new string('x', 9000) + "\r\n\r\n", 413, null },
        { Line + string.Concat(Enumerable.Repeat("X: y\r\n", 65)) + "\r\n", 413, null },
        { Line + string.Concat(Enumerable.Repeat("X: " + new string('x', 4000) + "\r\n", 5)) + "\r\n", 413, null },
        { "OPTIONS rtsp://h/" + new string('a', 9000), 414, null },
        { Line + "CSeq: 3\r\n folded\r\n\r\n", 400, null },
        { "OPTIONS * RTSP/1.0\nCSeq: 3\n\n", 400, null },
        { Line + "CSeq: 3\0\r\n\r\n", 400, null },
    };

    [Theory, MemberData(nameof(Fatal))]
    public void EndsTheConnectionAfterOneClearAnswer(string bytes, int status, string? cseq)
    {
        foreach (var chunk in (int[])[int.MaxValue, 1])
        {
            var peer = new RtspPeer(new FakeAdmission());
            var reply = Assert.Single(peer.SendBytes(Encoding.Latin1.GetBytes(bytes), chunk));
            Assert.Equal((status, "close"), (reply.Status, reply["Connection"]));
            Assert.Equal(cseq, reply.Headers.GetValueOrDefault("CSeq"));
            Assert.Equal(RtspVerdict.Close, peer.Verdict);
            Assert.Equal(1, peer.Counters.Malformed);
        }
    }

    [Theory]
    [InlineData(Line + "\r\n")]
    [InlineData(Line + "CSeq: x\r\n\r\n")]
    [InlineData(Line + "CSeq: -1\r\n\r\n")]
    [InlineData(Line + "CSeq: 2147483649\r\n\r\n")]
    [InlineData(Line + "CSeq: 1\r\nCSeq: 2\r\n\r\n")]
    public void WithoutAUsableCSeqIs400WithoutOneAndGoesOn(string text)
    {
        var reply = Assert.Single(_peer.SendText(text));
        Assert.Equal(400, reply.Status);
        Assert.DoesNotContain("CSeq", reply.Headers.Keys);
        Assert.Equal(200, _peer.Ask("OPTIONS", "*").Status);
    }

    [Fact]
    public void OneByteASegmentIsServed()
    {
        var reply = Assert.Single(_peer.SendBytes("DESCRIBE rtsp://h/demo RTSP/1.0\r\nCSeq: 8\r\n\r\n"u8, chunk: 1));
        Assert.Equal((200, "8"), (reply.Status, reply["CSeq"]));
    }

    [Fact]
    public void PipelinedRequestsAreAnsweredInOrder()
    {
        var text = string.Concat(Enumerable.Range(0, 200).Select(i => $"{Line}CSeq: {i}\r\n\r\n"));
        Assert.Equal(Enumerable.Range(0, 200).Select(i => i.ToString()), _peer.SendText(text).Select(reply => reply["CSeq"]));
    }

    [Fact]
    public void ResponsesFromAClientAreReadOver()
    {
        Assert.Empty(_peer.SendText("RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n"));
        Assert.Equal(1, _peer.Counters.Strays);
    }

    /// <summary>Wherever text can stand in a request, none of it comes back.</summary>
    [Theory]
    [InlineData("OPTIONS", "rtsp://h/demo?EVIL", "X-EVIL: EVIL")]
    [InlineData("DESCRIBE", "rtsp://h/EVIL", "User-Agent: EVIL")]
    [InlineData("DESCRIBE", "rtsp://h/demo", "Accept: application/sdp, EVIL")]
    [InlineData("EVIL", "rtsp://h/demo", "X: y")]
    [InlineData("PLAY", "rtsp://h/demo", "Session: EVIL\u001B[31m\u00E2")]
    [InlineData("SETUP", "rtsp://h/demo", "Transport: RTP/AVP;unicast;client_port=5000-5001;EVIL=EVIL")]
    [InlineData("SETUP", "rtsp://h/demo", "Transport: RTP/AVP;unicast;client_port=5000-5001;destination=EVIL")]
    [InlineData("SETUP", "rtsp://h/demo%0d%0aEVIL:", "Transport: RTP/AVP;unicast;client_port=5000-5001")]
    [InlineData("OPTIONS", "*", "Require: \u00E9VIL EVIL")]
    public void NothingOfARequestIsReflected(string method, string url, string header)
    {
        _peer.SendText($"{method} {url} RTSP/1.0\r\nCSeq: 1\r\n{header}\r\n\r\n");
        Assert.NotEqual(0, _peer.Said.Length);
        Assert.DoesNotContain("EVIL", _peer.Said.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void ManySetupsWithoutPlayHoldOneRowAndThenNone()
    {
        var admission = new FakeAdmission();
        var peer = new RtspPeer(admission);
        for (var i = 0; i < 2_000; i++)
        {
            peer.Session = null;
            peer.Setup();
        }
        Assert.Equal((1, 1), (admission.Reserved, peer.Core.SessionCount));
        peer.Pass(10);
        Assert.Equal(0, admission.Reserved);
    }
}
