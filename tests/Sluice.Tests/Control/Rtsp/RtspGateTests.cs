using System.Text;
using Sluice.Control.Access;
using Sluice.Control.Configuration;
using Sluice.Control.Rtsp;
using Sluice.Wire.Auth;

namespace Sluice.Tests.Control.Rtsp;

/// <summary>A protected channel as players meet it: asked at DESCRIBE and SETUP, left alone afterwards.</summary>
public class RtspGateTests
{
    private const string Demo = "rtsp://h:8554/demo", None = "rtsp://h:8554/none", Secret = "s3cret";
    private const string Udp = "Transport: RTP/AVP;unicast;client_port=5000-5001";

    private static readonly ConfiguredAccess s_access = new(new EngineConfig
    {
        Users = [new() { Name = "anna", Password = new SecretText(Secret) }, new() { Name = "bob", Password = new SecretText("b") }],
        Channels = [new() { Name = "demo", Sources = [], Read = ["anna"], Publish = ["bob"] }],
    });

    private readonly FakeAdmission _admission = new();
    private readonly RtspPeer _peer;

    public RtspGateTests() => _peer = Peer();

    private RtspPeer Peer(bool isTls = false, string? address = null) =>
        new(_admission, address: address, options: RtspServerOptions.Default with { Access = s_access, IsTls = isTls });

    private static DigestChallenge Challenge(Reply reply, DigestAlgorithm algorithm = DigestAlgorithm.Md5) => reply["WWW-Authenticate"].Split('\n')
        .Select(text => DigestChallenge.TryParse(Encoding.ASCII.GetBytes(text), out var challenge) ? challenge : default)
        .Single(challenge => challenge.Nonce is not null && challenge.Algorithm == algorithm);

    private static string Authorize(
        DigestChallenge challenge, string method, uint count = 1, string user = "anna", string password = Secret, string url = Demo) =>
        $"Authorization: {challenge.Answer(user, password, method, url, count)}";

    [Theory]
    [InlineData("DESCRIBE", "Accept: application/sdp")]
    [InlineData("SETUP", Udp)]
    public void AsksWhoItIsBeforeAnythingIsGivenOrReserved(string method, string header)
    {
        var reply = _peer.Ask(method, Demo, header);
        Assert.Equal((401, ""), (reply.Status, reply.Body));
        Assert.Equal(2, reply["WWW-Authenticate"].Split('\n').Length);
        Assert.Equal((0, 0), (_admission.Reserved, _peer.Core.SessionCount));
    }

    [Theory]
    [InlineData(DigestAlgorithm.Md5, true)]
    [InlineData(DigestAlgorithm.Md5, false)]
    [InlineData(DigestAlgorithm.Sha256, true)]
    public void ServesWhoProvesItWithOneNonceForTheWholeConversation(DigestAlgorithm algorithm, bool hasQop)
    {
        var challenge = Challenge(_peer.Ask("DESCRIBE", Demo), algorithm) with { HasQop = hasQop };
        Assert.Equal(200, _peer.Ask("DESCRIBE", Demo, Authorize(challenge, "DESCRIBE")).Status);
        var setup = _peer.Ask("SETUP", Demo, Udp, Authorize(challenge, "SETUP", 2));
        Assert.Equal(200, setup.Status);
        _peer.Session = setup["Session"].Split(';')[0];
        Assert.Equal(200, _peer.Ask("PLAY", Demo, Authorize(challenge, "PLAY", 3)).Status);
        // Two minutes later the nonce is long stale; a keep-alive must not fail for that.
        for (var i = 0; i < 4; i++)
        {
            _peer.Pass(30);
            Assert.Equal(200, _peer.Ask("GET_PARAMETER", Demo).Status);
        }
        Assert.Equal(200, _peer.Ask("TEARDOWN", Demo).Status);
    }

    [Fact]
    public void AStaleNonceIsSaidToBeStale()
    {
        var challenge = Challenge(_peer.Ask("DESCRIBE", Demo));
        _peer.Ask("OPTIONS", "*");
        for (var i = 0; i < 7; i++)
        {
            _peer.Pass(9);
            _peer.Ask("OPTIONS", "*");
        }
        var reply = _peer.Ask("DESCRIBE", Demo, Authorize(challenge, "DESCRIBE"));
        Assert.Equal((401, true), (reply.Status, Challenge(reply).IsStale));
        Assert.Equal(200, _peer.Ask("DESCRIBE", Demo, Authorize(Challenge(reply), "DESCRIBE")).Status);
    }

    [Fact]
    public void AnAnswerThatWasOverheardServesNobody()
    {
        var challenge = Challenge(_peer.Ask("DESCRIBE", Demo));
        var overheard = Authorize(challenge, "DESCRIBE");
        Assert.Equal(200, _peer.Ask("DESCRIBE", Demo, overheard).Status);
        Assert.Equal(401, _peer.Ask("DESCRIBE", Demo, overheard).Status);
        Assert.Equal(401, Peer().Ask("DESCRIBE", Demo, overheard).Status);
        var old = Authorize(challenge with { HasQop = false }, "DESCRIBE");
        Assert.Equal(200, _peer.Ask("DESCRIBE", Demo, old).Status);
        Assert.Equal(401, Peer().Ask("DESCRIBE", Demo, old).Status);
    }

    [Fact]
    public void WhoIsNotOnTheListIsForbiddenWithoutBeingAskedAgain()
    {
        var reply = _peer.Ask("DESCRIBE", Demo, Authorize(Challenge(_peer.Ask("DESCRIBE", Demo)), "DESCRIBE", user: "bob", password: "b"));
        Assert.Equal((403, false), (reply.Status, reply.Headers.ContainsKey("WWW-Authenticate")));
    }

    [Fact]
    public void AfterTenWrongPasswordsTheRightOneIsNotLookedAt()
    {
        var peer = Peer(address: "198.51.100.9");
        var reply = peer.Ask("DESCRIBE", Demo);
        for (var i = 0; i < 10; i++)
        {
            reply = peer.Ask("DESCRIBE", Demo, Authorize(Challenge(reply), "DESCRIBE", password: $"guess {i}"));
            Assert.Equal(401, reply.Status);
        }
        reply = peer.Ask("DESCRIBE", Demo, Authorize(Challenge(reply), "DESCRIBE"));
        Assert.Equal((403, "60"), (reply.Status, reply["Retry-After"]));
    }

    [Fact]
    public void BasicIsOfferedAndTakenOverTlsOnly()
    {
        var basic = $"Authorization: {BasicCredentials.Write("anna", Secret)}";
        Assert.Equal(401, _peer.Ask("DESCRIBE", Demo, basic).Status);
        var tls = Peer(isTls: true);
        Assert.Contains("\nBasic ", tls.Ask("DESCRIBE", Demo)["WWW-Authenticate"], StringComparison.Ordinal);
        Assert.Equal(200, tls.Ask("DESCRIBE", Demo, basic).Status);
    }

    [Fact]
    public void TwoAuthorizationsAreNone()
    {
        var challenge = Challenge(_peer.Ask("DESCRIBE", Demo));
        Assert.Equal(401, _peer.Ask("DESCRIBE", Demo, Authorize(challenge, "DESCRIBE"), Authorize(challenge, "DESCRIBE", 2)).Status);
    }

    [Fact]
    public void OtherChannelsAreOpenAndOptionsAsksNobody()
    {
        Assert.Equal(200, _peer.Ask("DESCRIBE", "rtsp://h/radio.1").Status);
        Assert.Equal(200, _peer.Ask("OPTIONS", Demo).Status);
    }

    /// <summary>Else a list of guesses and their answers would be a list of channels.</summary>
    [Theory]
    [InlineData("DESCRIBE")]
    [InlineData("SETUP")]
    [InlineData("ANNOUNCE")]
    public void ANameThatIsNotThereLooksLikeOneThatMayNotBeSeen(string method)
    {
        var reply = _peer.Ask(method, None, Udp);
        Assert.Equal(401, reply.Status);
        Assert.Equal(404, _peer.Ask(method, None, Udp, Authorize(Challenge(reply), method, user: "bob", password: "b", url: None)).Status);
    }

    [Fact]
    public void WithoutClosedChannelsANameThatIsNotThereIsSimplyNotThere() =>
        Assert.Equal(404, new RtspPeer(_admission).Ask("DESCRIBE", None).Status);

    [Theory]
    [InlineData("ANNOUNCE", "X: y")]
    [InlineData("SETUP", Udp + ";mode=record")]
    public void PublishersAreAskedForTheirOwnRight(string method, string header)
    {
        var reply = _peer.Ask(method, Demo, header);
        Assert.Equal(401, reply.Status);
        // anna may read, bob may publish.
        Assert.Equal(403, _peer.Ask(method, Demo, header, Authorize(Challenge(reply), method)).Status);
        Assert.Contains(_peer.Ask(method, Demo, header, Authorize(Challenge(reply), method, 2, "bob", "b")).Status, new[] { 400, 455 });
    }

    [Fact]
    public void NothingSecretIsSaid()
    {
        var challenge = Challenge(_peer.Ask("DESCRIBE", Demo));
        var wrong = Authorize(challenge, "DESCRIBE", password: "wrong", user: "EVIL");
        _peer.Ask("DESCRIBE", Demo, wrong);
        _peer.Ask("DESCRIBE", Demo, Authorize(challenge, "DESCRIBE"));
        Assert.DoesNotContain("EVIL", _peer.Said.ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Secret, _peer.Said.ToString(), StringComparison.Ordinal);
    }
}
