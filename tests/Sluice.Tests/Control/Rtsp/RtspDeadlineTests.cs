using Sluice.Control.Rtsp;
using Sluice.Linux;

namespace Sluice.Tests.Control.Rtsp;

/// <summary>What ends by itself, and when: just before, and at the instant.</summary>
public class RtspDeadlineTests
{
    private const string Demo = "rtsp://h:8554/demo";
    private const string Tcp = "RTP/AVP/TCP;unicast;interleaved=0-1";

    private readonly FakeAdmission _admission = new();
    private readonly RtspPeer _peer;

    public RtspDeadlineTests() => _peer = new RtspPeer(_admission);

    [Theory]
    [InlineData("RTP/AVP;unicast;client_port=5000-5001")]
    [InlineData(Tcp)]
    public void AnUnplayedSetupEndsAfterTenSecondsWhateverIsSaid(string transport)
    {
        _peer.Setup(Demo, transport);
        _peer.Pass(9.9);
        Assert.Equal(200, _peer.Ask("OPTIONS", "*").Status);
        Assert.Equal(1, _admission.Reserved);
        _peer.Pass(0.1);
        Assert.Equal((0, 0), (_admission.Reserved, _peer.Core.SessionCount));
        Assert.Equal(454, _peer.Ask("PLAY", Demo).Status);
        Assert.Equal(1, _peer.Counters.SessionsExpired);
    }

    public static TheoryData<string> SignsOfLife => ["OPTIONS", "GET_PARAMETER", "SET_PARAMETER", "PAUSE", "PLAY", "report"];

    [Theory, MemberData(nameof(SignsOfLife))]
    public void AUdpSessionLivesSixtySecondsFromItsLastSignOfLife(string sign)
    {
        _peer.Setup();
        _peer.Ask("PLAY", Demo);
        _peer.Pass(59.9);
        if (sign == "report")
            _peer.Core.OnClientAlive(_peer.Commands[0].Client, _peer.Now);
        else
            Assert.Equal(200, _peer.Ask(sign, Demo).Status);
        _peer.Pass(59.9);
        Assert.Equal(1, _admission.Reserved);
        _peer.Pass(0.1);
        Assert.Equal(0, _admission.Reserved);
        Assert.Equal(RtspVerdict.Continue, _peer.Verdict);
    }

    [Fact]
    public void AnOldReportDoesNotTakeBackALaterRequest()
    {
        _peer.Setup();
        _peer.Ask("PLAY", Demo);
        var reported = _peer.Now;
        _peer.Pass(50);
        Assert.Equal(200, _peer.Ask("GET_PARAMETER", Demo).Status);
        _peer.Core.OnClientAlive(_peer.Commands[0].Client, reported);
        _peer.Pass(59.9);
        Assert.Equal(1, _admission.Reserved);
    }

    [Fact]
    public void ASignOfAnotherClientKeepsNothingAlive()
    {
        _peer.Setup();
        _peer.Ask("PLAY", Demo);
        _peer.Pass(59);
        _peer.Ask("OPTIONS", "*", "Session: 00");
        _peer.Core.OnClientAlive(_peer.Commands[0].Client with { Generation = 99 }, _peer.Now);
        _peer.Pass(1);
        Assert.Equal(0, _admission.Reserved);
    }

    [Fact]
    public void AnInterleavedSessionLivesWithItsConnection()
    {
        _peer.Setup(Demo, Tcp);
        _peer.Ask("PLAY", Demo);
        Assert.Equal(MonotonicTime.MaxValue, _peer.Core.NextDeadline);
        _peer.Disconnect();
        Assert.Equal(0, _admission.Reserved);
    }

    [Fact]
    public void AnIdleConnectionClosesTenSecondsAfterItsLastRequest()
    {
        _peer.Pass(9);
        _peer.Ask("OPTIONS", "*");
        _peer.Pass(9.9);
        Assert.Equal(RtspVerdict.Continue, _peer.Verdict);
        Assert.Empty(_peer.Pass(0.1));
        Assert.Equal(RtspVerdict.Close, _peer.Verdict);
    }

    [Theory]
    [InlineData("OPTIONS * RTSP/1.0\r\n")]
    [InlineData("$\0\0\u0005a")]
    [InlineData("SET_PARAMETER * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 5\r\n\r\nabc")]
    public void AMessageMustEndTenSecondsAfterItsFirstByte(string beginning)
    {
        _peer.Setup();
        _peer.Ask("PLAY", Demo);
        _peer.SendText(beginning);
        for (var i = 0; i < 9; i++)
        {
            Assert.Empty(_peer.Pass(1));
            _peer.SendText(beginning[0] == 'O' ? "X" : "");
        }
        Assert.Equal(408, Assert.Single(_peer.Pass(1)).Status);
        Assert.Equal(RtspVerdict.Close, _peer.Verdict);
    }
}
