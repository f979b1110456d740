using Sluice.Wire.Auth;

namespace Sluice.Tests.Wire.Auth;

/// <summary>The arithmetic against the examples of the standards.</summary>
public class DigestAlgorithmTests
{
    /// <summary>RFC 7616 §3.9.1.</summary>
    [Theory]
    [InlineData(DigestAlgorithm.Md5, "8ca523f5e9506fed4657c9700eebdbec")]
    [InlineData(DigestAlgorithm.Sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1")]
    public void GivesTheResponseOfTheStandard(DigestAlgorithm algorithm, string response)
    {
        var ha1 = DigestHash.Ha1(algorithm, "Mufasa", "http-auth@example.org", "Circle of Life");
        Assert.Equal(response, DigestHash.Response(algorithm, ha1, "GET"u8, "/dir/index.html"u8,
            "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"u8, "00000001"u8, "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"u8));
        Assert.Equal(algorithm.HexLength(), response.Length);
    }

    /// <summary>RFC 2069 §2.4 with its erratum 749: no qop.</summary>
    [Fact]
    public void GivesTheOlderResponseWithoutACount()
    {
        var ha1 = DigestHash.Ha1(DigestAlgorithm.Md5, "Mufasa", "testrealm@host.com", "CircleOfLife");
        Assert.Equal("1949323746fe6a43ef61f9606e7febea", DigestHash.Response(DigestAlgorithm.Md5, ha1, "GET"u8, "/dir/index.html"u8,
            "dcd98b7102dd2f0e8b11d0f600bfb0c093"u8, default, default));
    }

    [Fact]
    public void IsNamedAsOnTheWire() => Assert.Equal("MD5 SHA-256", $"{DigestAlgorithm.Md5.Name()} {DigestAlgorithm.Sha256.Name()}");
}
