using System.Text;
using Sluice.Wire.Auth;

namespace Sluice.Tests.Wire.Auth;

public class DigestCredentialsTests
{
    private const string Md5 = "0123456789abcdef0123456789ABCDEF";
    private const string Basis = $"username=\"anna\", realm=\"sluice\", nonce=\"n\", uri=\"rtsp://h/a,b\", response=\"{Md5}\"";

    [Fact]
    public void ReadsEveryParameter()
    {
        var text = $"digest username=\"anna\",realm=\"a realm, with commas\",  nonce=\"n==\",uri=\"/x\",response=\"{Md5}{Md5}\", algorithm=sha-256,"
            + " cnonce=\"c\", opaque=\"\", qop=auth, nc=0000000A, userhash=false, more=things";
        Assert.True(DigestCredentials.TryParse(Encoding.ASCII.GetBytes(text), out var read));
        Assert.Equal(("anna", "a realm, with commas", "n==", "/x", "c", "0000000A", 10u, DigestAlgorithm.Sha256),
            (Text(read.User), Text(read.Realm), Text(read.Nonce), Text(read.Uri), Text(read.ClientNonce), Text(read.CountText), read.Count, read.Algorithm));
        Assert.Equal(Md5 + Md5, Text(read.Response));
    }

    [Fact]
    public void ReadsTheOlderFormOfGStreamer()
    {
        Assert.True(DigestCredentials.TryParse(Encoding.ASCII.GetBytes("Digest " + Basis), out var read));
        Assert.Equal((DigestAlgorithm.Md5, 0u, true, "rtsp://h/a,b"), (read.Algorithm, read.Count, read.CountText.IsEmpty, Text(read.Uri)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Digest")]
    [InlineData("Digest ")]
    [InlineData("Basic YTpi")]
    [InlineData("Digest " + Basis + ", username=\"bob\"")]
    [InlineData("Digest " + Basis + ", algorithm=MD5-sess")]
    [InlineData("Digest " + Basis + ", algorithm=SHA-256")]                                  // the response is an MD5
    [InlineData("Digest " + Basis + ", userhash=true")]
    [InlineData("Digest " + Basis + ", qop=auth")]                                           // without a count
    [InlineData("Digest " + Basis + ", nc=00000001")]                                        // a count without qop
    [InlineData("Digest " + Basis + ", qop=auth-int, nc=00000001, cnonce=\"c\"")]
    [InlineData("Digest " + Basis + ", qop=auth, nc=00000000, cnonce=\"c\"")]
    [InlineData("Digest " + Basis + ", qop=auth, nc=1, cnonce=\"c\"")]
    [InlineData("Digest " + Basis + ", qop=auth, nc=0000000g, cnonce=\"c\"")]
    [InlineData("Digest username=\"anna\", nonce=\"n\", response=\"" + Md5 + "\"")]
    [InlineData("Digest username=\"anna\", nonce=\"n\", uri=\"/\", response=\"\"")]
    public void RefusesWhatIsMissingDoubledOrNotSpoken(string text) =>
        Assert.False(DigestCredentials.TryParse(Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void NeverThrowsOnDamagedText()
    {
        var whole = Encoding.ASCII.GetBytes("Digest " + Basis + ", qop=auth, nc=00000001, cnonce=\"c\"");
        for (var seed = 0; seed < 20_000; seed++)
        {
            var random = new Random(seed);
            var text = (byte[])whole.Clone();
            for (var i = random.Next(1, 6); i > 0; i--)
                text[random.Next(text.Length)] = (byte)random.Next(256);
            if (DigestCredentials.TryParse(text.AsSpan(0, random.Next(text.Length + 1)), out var read))
                Assert.False(read.User.IsEmpty || read.Nonce.IsEmpty || read.Uri.IsEmpty, $"seed {seed}");
        }
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.ASCII.GetString(bytes);
}
