using System.Text;
using Sluice.Wire.Auth;

namespace Sluice.Tests.Wire.Auth;

public class DigestChallengeTests
{
    public static TheoryData<DigestChallenge, string> Cases => new()
    {
        { new("sluice", "abc", DigestAlgorithm.Sha256), "Digest realm=\"sluice\", nonce=\"abc\", algorithm=SHA-256, qop=\"auth\"" },
        { new("a, b", "abc", DigestAlgorithm.Md5, IsStale: true), "Digest realm=\"a, b\", nonce=\"abc\", algorithm=MD5, qop=\"auth\", stale=true" },
        { new("", "abc", DigestAlgorithm.Md5, HasQop: false, Opaque: "o"), "Digest realm=\"\", nonce=\"abc\", algorithm=MD5, opaque=\"o\"" },
    };

    [Theory, MemberData(nameof(Cases))]
    public void IsWrittenAndReadBack(DigestChallenge challenge, string text)
    {
        Assert.Equal(text, challenge.ToString());
        Assert.True(DigestChallenge.TryParse(Encoding.ASCII.GetBytes(text), out var read));
        Assert.Equal(challenge, read);
    }

    /// <summary>As cameras write it.</summary>
    [Theory]
    [InlineData("Digest realm=\"IP Camera(12345)\", nonce=\"4a5b\", stale=\"FALSE\"", DigestAlgorithm.Md5, false)]
    [InlineData("digest qop=\"auth-int,auth\",realm=x,nonce=y,algorithm=md5", DigestAlgorithm.Md5, true)]
    public void ReadsWhatOthersWrite(string text, DigestAlgorithm algorithm, bool hasQop)
    {
        Assert.True(DigestChallenge.TryParse(Encoding.ASCII.GetBytes(text), out var read));
        Assert.Equal((algorithm, hasQop, false), (read.Algorithm, read.HasQop, read.IsStale));
    }

    [Theory]
    [InlineData("Basic realm=\"x\"")]
    [InlineData("Digest realm=\"x\"")]
    [InlineData("Digest realm=\"x\", nonce=\"y\", algorithm=SHA-512-256")]
    [InlineData("Digest realm=\"x\", nonce=\"y\", qop=\"auth-int\"")]
    public void RefusesWhatItCannotAnswer(string text) => Assert.False(DigestChallenge.TryParse(Encoding.ASCII.GetBytes(text), out _));

    [Theory, MemberData(nameof(Cases))]
    public void ItsAnswerIsWhatTheServerExpects(DigestChallenge challenge, string text)
    {
        Assert.NotEmpty(text);
        var answer = Encoding.ASCII.GetBytes(challenge.Answer("anna", "pass:word", "PLAY", "rtsp://h/x", 10));
        Assert.True(DigestCredentials.TryParse(answer, out var read));
        var ha1 = DigestHash.Ha1(challenge.Algorithm, "anna", challenge.Realm, "pass:word");
        var expected = DigestHash.Response(challenge.Algorithm, ha1, "PLAY"u8, read.Uri, read.Nonce, read.CountText, read.ClientNonce);
        Assert.Equal(expected, Encoding.ASCII.GetString(read.Response));
        Assert.Equal(challenge.HasQop ? 10u : 0, read.Count);
    }
}
