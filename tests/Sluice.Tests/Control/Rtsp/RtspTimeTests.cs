using Sluice.Control.Playback;
using Sluice.Control.Rtsp;
using Sluice.Wire.Rtsp;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Tests.Control.Rtsp;

/// <summary>PLAY and PAUSE of what is kept, through the whole core: answers, commands, and what the engine is asked for.</summary>
public class RtspTimeTests
{
    private const string Demo = "rtsp://h:8554/demo";
    private const long SecondNs = 1_000_000_000;

    /// <summary>2026-11-26T12:00:00Z.</summary>
    private const long NoonNs = 1_795_694_400 * SecondNs;

    private readonly FakeAdmission _admission = new()
    {
        Span = new(RangeUnit.Clock, NoonNs - (600 * SecondNs), NoonNs, HasScales: true), AccessStepNs = 2 * SecondNs,
    };
    private readonly RtspPeer _peer;

    public RtspTimeTests()
    {
        _peer = new RtspPeer(_admission);
        _peer.Setup();
    }

    private void Pass(double seconds)
    {
        _peer.Pass(seconds);
        if (_admission.Span is { IsChannel: true } span)
            _admission.Span = span with { EndNs = span.EndNs + (long)(seconds * SecondNs) };
    }

    [Fact]
    public void DescribeTellsTheWindow() =>
        Assert.Contains("a=range:npt=now-\r\na=range:clock=20261126T115000Z-\r\n", _peer.Ask("DESCRIBE", Demo).Body, StringComparison.Ordinal);

    [Fact]
    public void DescribeTellsTheLengthOfAnAsset()
    {
        _admission.Span = new(RangeUnit.Npt, 0, 10_500_000_000, IsGrowing: false);
        Assert.Contains("a=range:npt=0-10.5\r\n", _peer.Ask("DESCRIBE", Demo).Body, StringComparison.Ordinal);
    }

    [Fact]
    public void AClockRangeBeginsAtAnAccessPointAndSaysWhich()
    {
        var reply = _peer.Ask("PLAY", Demo, "Range: clock=20261126T115901.5Z-");
        Assert.Equal((200, "clock=20261126T115900Z-", "url=rtsp://h:8554/Demo/trackID=0;seq=1001;rtptime=90000"),
            (reply.Status, reply["Range"], reply["RTP-Info"]));
        Assert.Equal(new PlayPlace(IsLive: false, NoonNs - (58_500 * 1_000_000L)), Assert.Single(_admission.Places));
        Assert.Equal(1, _admission.Playing);
    }

    [Theory]
    [InlineData("clock=20261126T110000Z-", "kept is from clock=20261126T115000Z- on")]
    [InlineData("clock=20261126T120010Z-", "the range lies in the future")]
    [InlineData("clock=20261126T115901Z-20261126T115900Z", "the range ends before it begins; backwards is not offered")]
    public void WhatIsNotThereIs457WithTheReason(string range, string reason)
    {
        Assert.Equal(457, _peer.Ask("PLAY", Demo, "Range: " + range).Status);
        Assert.Contains($"RTSP/1.0 457 {reason}\r\n", _peer.Said.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, _admission.Playing);
    }

    [Fact]
    public void PausedLiveGoesOnWhereItWasAndPlayOfNowTakesItBack()
    {
        Assert.Equal("npt=now-", _peer.Ask("PLAY", Demo, "Range: npt=0.000-")["Range"]);
        Assert.Equal(200, _peer.Ask("PAUSE", Demo).Status);
        Pass(10);
        // The client's delay is 120 ms: it was that far behind when it was paused.
        var reply = _peer.Ask("PLAY", Demo);
        Assert.Equal((200, "clock=20261126T115959.88Z-"), (reply.Status, reply["Range"]));
        Assert.Equal(new PlayPlace(IsLive: false, NoonNs - 120_000_000, Resumes: true), _admission.Places[^1]);
        reply = _peer.Ask("PLAY", Demo, "Range: npt=now-");
        Assert.Equal((200, "npt=now-", true), (reply.Status, reply["Range"], reply.Headers.ContainsKey("RTP-Info")));
        Assert.Equal((PlayPlace.Live, 1), (_admission.Places[^1], _admission.Playing));
    }

    [Fact]
    public void PlayWithoutRangeOfAPlayingSessionOnlyTellsWhereItIs()
    {
        _peer.Ask("PLAY", Demo, "Range: clock=20261126T115900Z-");
        Pass(5.12);
        var reply = _peer.Ask("PLAY", Demo);
        Assert.Equal((200, "clock=20261126T115905Z-", false), (reply.Status, reply["Range"], reply.Headers.ContainsKey("RTP-Info")));
        Assert.Single(_peer.Commands);
    }

    [Fact]
    public void ASeekWithoutRoomLeavesTheSessionAsItIs()
    {
        _peer.Ask("PLAY", Demo, "Range: clock=20261126T115900Z-");
        _admission.NoRoom = new RtspRefusal(RtspStatus.NotEnoughBandwidth, "all replays are taken");
        Assert.Equal(453, _peer.Ask("PLAY", Demo, "Range: clock=20261126T115800Z-").Status);
        Assert.Equal(1, _admission.Playing);
        Assert.Equal("clock=20261126T115900Z-", _peer.Ask("PLAY", Demo)["Range"]);
    }

    [Fact]
    public void AFasterScaleIsChosenAndTold()
    {
        var reply = _peer.Ask("PLAY", Demo, "Range: clock=20261126T115500Z-", "Scale: 5", "Speed: 3");
        Assert.Equal(("4", "1", 4), (reply["Scale"], reply["Speed"], _admission.Places[^1].Scale));
        Pass(10.12);
        Assert.Equal("clock=20261126T115540Z-", _peer.Ask("PLAY", Demo)["Range"]);
        Assert.Equal("2", _peer.Ask("PLAY", Demo, "Scale: 2")["Scale"]);
    }

    [Fact]
    public void WhoCatchesUpGoesOnLiveOnTheSameSession()
    {
        _peer.Ask("PLAY", Demo, "Range: clock=20261126T115950Z-", "Scale: 8");
        _admission.News = ReplayNews.CaughtUp;
        Pass(0.3);
        Assert.Equal((PlayPlace.Live, 1, SessionCommandKind.Play), (_admission.Places[^1], _admission.Playing, _peer.Commands[^1].Kind));
        Assert.Equal(("npt=now-", 2), (_peer.Ask("PLAY", Demo)["Range"], _peer.Commands.Count));
    }

    [Fact]
    public void TheEndOfARangeFinishesAndPlayGoesOnLive()
    {
        _peer.Ask("PLAY", Demo, "Range: clock=20261126T115900Z-20261126T115910Z");
        _admission.News = ReplayNews.Ended;
        Pass(0.3);
        Assert.Equal((SessionCommandKind.Finish, 0, 1), (_peer.Commands[^1].Kind, _admission.Playing, _admission.Reserved));
        Assert.Equal(455, _peer.Ask("PAUSE", Demo).Status);
        Assert.Equal("npt=now-", _peer.Ask("PLAY", Demo)["Range"]);
    }

    [Fact]
    public void APlayerThatAsksAllTheTimeIsLookedAtAllTheSame()
    {
        _peer.Ask("PLAY", Demo, "Range: clock=20261126T115900Z-20261126T115910Z");
        _admission.News = ReplayNews.Ended;
        for (var i = 0; i < 20; i++)
        {
            _peer.Ask("OPTIONS", Demo);
            Pass(0.05);
        }
        Assert.Equal((SessionCommandKind.Finish, 0), (_peer.Commands[^1].Kind, _admission.Playing));
    }

    [Fact]
    public void AnAssetIsPlayedFromItsBeginningSoughtAndEnds()
    {
        _admission.Span = new(RangeUnit.Npt, 0, 20 * SecondNs, IsGrowing: false);
        Assert.Equal("npt=0-20", _peer.Ask("PLAY", Demo, "Range: npt=0.000-")["Range"]);
        Assert.Equal("npt=12-20", _peer.Ask("PLAY", Demo, "Range: npt=13.5-")["Range"]);
        Assert.Equal(457, _peer.Ask("PLAY", Demo, "Range: npt=20-").Status);
        Assert.Equal(457, _peer.Ask("PLAY", Demo, "Range: clock=20261126T115900Z-").Status);
        _peer.Ask("PAUSE", Demo);
        Assert.Equal("npt=12-20", _peer.Ask("PLAY", Demo)["Range"]);
        _admission.News = ReplayNews.Ended;
        Pass(0.3);
        Assert.Equal("npt=0-20", _peer.Ask("PLAY", Demo)["Range"]);
    }
}
