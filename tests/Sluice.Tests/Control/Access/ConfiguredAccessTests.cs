using System.Net;
using System.Text;
using Sluice.Control.Access;
using Sluice.Control.Configuration;
using Sluice.Linux;
using Sluice.Wire.Auth;

namespace Sluice.Tests.Control.Access;

/// <summary>Who gets in and who does not (X20): anna reads, bob publishes, carl is known by hashes only, anybody reads the open channel.</summary>
public class ConfiguredAccessTests
{
    private const string Url = "rtsp://h:8554/News", Method = "DESCRIBE", Password = "open sesame";
    private const long SecondNs = 1_000_000_000;

    private readonly ConfiguredAccess _access = new(Config());
    private MonotonicTime _now = new(1_000 * SecondNs);

    private static EngineConfig Config() => new()
    {
        Relay = new() { Groups = [], Read = ["carl"] },
        Users =
        [
            new() { Name = "anna", Password = new SecretText(Password) },
            new() { Name = "bob", Password = new SecretText("b") },
            new() { Name = "carl", Ha1Sha256 = new SecretText(DigestHash.Ha1(DigestAlgorithm.Sha256, "carl", "sluice", "c").ToUpperInvariant()) },
        ],
        Channels =
        [
            new() { Name = "news", Sources = [], Read = ["anna", "carl"], Publish = ["bob"] },
            new() { Name = "open", Sources = [] },
            new() { Name = "shut", Sources = [], Read = [] },
        ],
    };

    private AccessQuestion Ask(string? authorization, string channel = "NEWS", AccessRight right = AccessRight.Read, bool isTls = false,
        ulong connection = 5, string peer = "192.0.2.7", string target = Url) => new()
    {
        Channel = channel, Right = right, Method = Encoding.ASCII.GetBytes(Method), Target = Encoding.ASCII.GetBytes(target),
        Authorization = Encoding.ASCII.GetBytes(authorization ?? ""), Peer = IPAddress.Parse(peer), IsTls = isTls, Connection = connection,
    };

    private AccessVerdict Verdict(in AccessQuestion question) => _access.Check(question, _now).Verdict;

    private DigestChallenge Challenge(DigestAlgorithm algorithm, AccessVerdict after = AccessVerdict.Unproven) => _access.Challenges(Ask(null), after, _now)
        .Select(text => DigestChallenge.TryParse(Encoding.ASCII.GetBytes(text), out var challenge) ? challenge : default)
        .Single(challenge => challenge.Algorithm == algorithm);

    private string Answer(string user = "anna", string password = Password, DigestAlgorithm algorithm = DigestAlgorithm.Sha256, uint count = 1) =>
        Challenge(algorithm).Answer(user, password, Method, Url, count);

    [Fact]
    public void RelayedGroupsHaveAListOfTheirOwn()
    {
        Assert.False(_access.IsOpen(AccessQuestion.Relay, AccessRight.Read));
        Assert.Equal(AccessVerdict.Unproven, Verdict(Ask(null, channel: AccessQuestion.Relay)));
        Assert.Equal(AccessVerdict.Forbidden, Verdict(Ask(Answer(), channel: AccessQuestion.Relay)));
        Assert.Equal(AccessVerdict.Granted, Verdict(Ask(Answer("carl", "c"), channel: AccessQuestion.Relay)));
    }

    [Fact]
    public void OffersTheStrongerHashFirstAndBasicOnlyOverTls()
    {
        var plain = _access.Challenges(Ask(null), AccessVerdict.Unproven, _now);
        Assert.Equal(["SHA-256", "MD5"], plain.Select(text => text.Split("algorithm=")[1].Split(',')[0]));
        var tls = _access.Challenges(Ask(null, isTls: true), AccessVerdict.Unproven, _now);
        Assert.Equal("Basic realm=\"sluice\", charset=\"UTF-8\"", tls[^1]);
        Assert.Equal(3, tls.Count);
    }

    [Theory]
    [InlineData(DigestAlgorithm.Md5)]
    [InlineData(DigestAlgorithm.Sha256)]
    public void TheRightPasswordIsGranted(DigestAlgorithm algorithm) =>
        Assert.Equal(new AccessAnswer(AccessVerdict.Granted, "anna"), _access.Check(Ask(Answer(algorithm: algorithm)), _now));

    [Fact]
    public void AUserKnownByOneHashIsGrantedByThatOneOnly()
    {
        Assert.Equal(AccessVerdict.Granted, Verdict(Ask(Answer("carl", "c"))));
        Assert.Equal(AccessVerdict.Refused, Verdict(Ask(Answer("carl", "c", DigestAlgorithm.Md5))));
        Assert.Equal(AccessVerdict.Granted, Verdict(Ask(BasicCredentials.Write("carl", "c"), isTls: true)));
    }

    [Theory]
    [InlineData("anna", "open sesam")]
    [InlineData("anna", "")]
    [InlineData("nobody", Password)]
    [InlineData("Anna", Password)]
    public void AWrongPasswordAndAnUnknownUserAreRefusedAlike(string user, string password)
    {
        Assert.Equal(AccessVerdict.Refused, Verdict(Ask(Answer(user, password))));
        Assert.Equal(AccessVerdict.Refused, Verdict(Ask(Answer(user, password, DigestAlgorithm.Md5))));
        Assert.Equal(AccessVerdict.Refused, Verdict(Ask(BasicCredentials.Write(user, password), isTls: true)));
    }

    [Fact]
    public void BasicIsHeardOverTlsOnly()
    {
        Assert.Equal(AccessVerdict.Granted, Verdict(Ask(BasicCredentials.Write("anna", Password), isTls: true)));
        Assert.Equal(AccessVerdict.Unproven, Verdict(Ask(BasicCredentials.Write("anna", Password))));
    }

    [Fact]
    public void ReadingAndPublishingAreGivenApart()
    {
        Assert.Equal(AccessVerdict.Forbidden, Verdict(Ask(Answer("bob", "b"))));
        Assert.Equal(AccessVerdict.Granted, Verdict(Ask(Answer("bob", "b"), right: AccessRight.Publish)));
        Assert.Equal(AccessVerdict.Forbidden, Verdict(Ask(Answer(), right: AccessRight.Publish)));
        Assert.Equal(AccessVerdict.Forbidden, Verdict(Ask(Answer(), channel: "shut")));
        Assert.True(_access.IsOpen("OPEN", AccessRight.Read) && _access.IsOpen("shut", AccessRight.Publish));
        Assert.False(_access.IsOpen("SHUT", AccessRight.Read));
        Assert.Equal(AccessVerdict.Granted, Verdict(Ask(null, channel: "open")));
    }

    [Fact]
    public void ACopyIsNotGrantedAgain()
    {
        var challenge = Challenge(DigestAlgorithm.Sha256);
        var first = challenge.Answer("anna", Password, Method, Url, 1);
        Assert.Equal(AccessVerdict.Granted, Verdict(Ask(first)));
        Assert.Equal(AccessVerdict.Stale, Verdict(Ask(first)));
        Assert.Equal(AccessVerdict.Stale, Verdict(Ask(first, connection: 6)));
        Assert.Equal(AccessVerdict.Granted, Verdict(Ask(challenge.Answer("anna", Password, Method, Url, 2))));
        Assert.Equal((2, 2), (_access.Counters.Replayed, _access.Counters.Granted));
    }

    [Fact]
    public void AnAnswerForAnotherChannelOrMethodIsNone()
    {
        Assert.Equal(AccessVerdict.Stale, Verdict(Ask(Challenge(DigestAlgorithm.Sha256).Answer("anna", Password, Method, "rtsp://h:8554/other", 1))));
        Assert.Equal(AccessVerdict.Refused, Verdict(Ask(Challenge(DigestAlgorithm.Sha256).Answer("anna", Password, "SETUP", Url, 1))));
        // Signed for the channel, used for its track: what cameras' recorders do.
        Assert.Equal(AccessVerdict.Granted, Verdict(Ask(Answer(), target: Url + "/trackID=0")));
    }

    [Fact]
    public void ANonceIsStaleAfterAMinuteAndSaysSo()
    {
        var answer = Answer();
        _now += 60 * SecondNs;
        Assert.Equal(AccessVerdict.Stale, Verdict(Ask(answer)));
        Assert.True(Challenge(DigestAlgorithm.Md5, AccessVerdict.Stale).IsStale);
        Assert.False(Challenge(DigestAlgorithm.Md5, AccessVerdict.Refused).IsStale);
    }

    [Fact]
    public void ANonceOfAnotherProcessIsStaleIfThePasswordIsRight()
    {
        var other = new ConfiguredAccess(Config());
        Assert.Equal(AccessVerdict.Stale, other.Check(Ask(Answer()), _now).Verdict);
        Assert.Equal(AccessVerdict.Refused, other.Check(Ask(Answer(password: "x")), _now).Verdict);
    }

    /// <summary>GStreamer 1.22 answers without qop: nothing but the connection keeps such an answer from being used by others.</summary>
    [Fact]
    public void WithoutACountAnAnswerServesItsConnectionOnly()
    {
        var old = (Challenge(DigestAlgorithm.Md5) with { HasQop = false }).Answer("anna", Password, Method, Url, 0);
        Assert.Equal(AccessVerdict.Granted, Verdict(Ask(old)));
        Assert.Equal(AccessVerdict.Granted, Verdict(Ask(old)));
        Assert.Equal(AccessVerdict.Stale, Verdict(Ask(old, connection: 6)));
        Assert.Equal(AccessVerdict.Stale, Verdict(Ask(old, connection: 0)));
    }

    [Fact]
    public void Md5CanBeTurnedOff()
    {
        var access = new ConfiguredAccess(Config() with { Auth = new() { TakesMd5 = false } });
        Assert.Equal("SHA-256", Assert.Single(access.Challenges(Ask(null), AccessVerdict.Unproven, _now)).Split("algorithm=")[1].Split(',')[0]);
        var nonce = access.Challenges(Ask(null), AccessVerdict.Unproven, _now)[0];
        Assert.True(DigestChallenge.TryParse(Encoding.ASCII.GetBytes(nonce), out var challenge));
        Assert.Equal(AccessVerdict.Granted, access.Check(Ask(challenge.Answer("anna", Password, Method, Url, 1)), _now).Verdict);
        var weak = (challenge with { Algorithm = DigestAlgorithm.Md5 }).Answer("anna", Password, Method, Url, 2);
        Assert.Equal(AccessVerdict.Unproven, access.Check(Ask(weak), _now).Verdict);
    }

    [Fact]
    public void TenWrongPasswordsShutTheAddressOutAndNobodyElse()
    {
        for (var i = 0; i < 10; i++)
            Assert.Equal(AccessVerdict.Refused, Verdict(Ask(Answer(password: $"{i}"))));
        Assert.Equal(AccessVerdict.Locked, Verdict(Ask(Answer())));
        Assert.Equal(AccessVerdict.Unproven, Verdict(Ask(null)));
        Assert.Equal(AccessVerdict.Granted, Verdict(Ask(Answer(), peer: "192.0.2.8")));
        _now += 60 * SecondNs;
        Assert.Equal(AccessVerdict.Granted, Verdict(Ask(Answer())));
    }

    [Fact]
    public void WhatIsNoPasswordIsNoWrongPassword()
    {
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(AccessVerdict.Unproven, Verdict(Ask(null)));
            Assert.Equal(AccessVerdict.Unproven, Verdict(Ask("Bearer x")));
        }
        Assert.Equal(AccessVerdict.Granted, Verdict(Ask(Answer())));
    }
}
