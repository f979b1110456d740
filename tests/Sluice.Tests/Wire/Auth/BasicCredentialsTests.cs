using System.Text;
using Sluice.Wire.Auth;

namespace Sluice.Tests.Wire.Auth;

public class BasicCredentialsTests
{
    /// <summary>RFC 7617 §2 and §2.1.</summary>
    [Theory]
    [InlineData("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame")]
    [InlineData("basic dGVzdDoxMjPCow==", "test", "123\u00A3")]
    [InlineData("Basic OmE6Yg==", "", "a:b")]
    public void ReadsUserAndPassword(string value, string user, string password)
    {
        Assert.True(BasicCredentials.TryParse(Encoding.ASCII.GetBytes(value), out var readUser, out var readPassword));
        Assert.Equal((user, password), (readUser, readPassword));
        Assert.Equal(value[6..], BasicCredentials.Write(user, password)[6..]);
    }

    [Theory]
    [InlineData("Basic")]
    [InlineData("Basic !!!!")]
    [InlineData("Basic QWxh")]                                                               // no colon
    [InlineData("Basic gTqB")]                                                               // no UTF-8
    [InlineData("Digest QWxhZGRpbjpvcGVuIHNlc2FtZQ==")]
    public void RefusesAnythingElse(string value) => Assert.False(BasicCredentials.TryParse(Encoding.ASCII.GetBytes(value), out _, out _));

    [Fact]
    public void RefusesWhatIsTooLong() =>
        Assert.False(BasicCredentials.TryParse(Encoding.ASCII.GetBytes(BasicCredentials.Write("a", new string('x', 2000))), out _, out _));
}
