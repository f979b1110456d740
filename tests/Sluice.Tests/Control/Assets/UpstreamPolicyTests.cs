using System.Net;
using Sluice.Control.Assets;

namespace Sluice.Tests.Control.Assets;

/// <summary>Reliability X16: which URLs and addresses are fetched.</summary>
public class UpstreamPolicyTests
{
    private static readonly UpstreamPolicy s_anyPublic = new(["*"], []);
    private static readonly UpstreamPolicy s_listed = new(["media.example.net", "*.example.org"], [IPNetwork.Parse("10.1.0.0/16")]);

    [Theory]
    [InlineData("file:///etc/passwd"), InlineData("ftp://media.example.net/x"), InlineData("gopher://media.example.net/")]
    [InlineData("http://user:secret@media.example.net/x"), InlineData("/etc/passwd"), InlineData("http://"), InlineData("")]
    [InlineData("http://127.0.0.1/"), InlineData("http://2130706433/"), InlineData("http://0x7f.1/"), InlineData("http://017700000001/")]
    [InlineData("http://[::1]/"), InlineData("http://[::ffff:127.0.0.1]/"), InlineData("http://[64:ff9b::7f00:1]/"), InlineData("http://[2002:7f00:1::]/")]
    [InlineData("http://169.254.169.254/latest/meta-data"), InlineData("http://[fe80::1]/"), InlineData("http://[fd00::1]/")]
    [InlineData("http://192.168.1.1/"), InlineData("http://172.20.0.1/"), InlineData("http://100.64.0.1/"), InlineData("http://0.0.0.0/")]
    public void TheseAreNeverFetched(string url)
    {
        Assert.NotNull(s_anyPublic.Refusal(url, out _));
        Assert.NotNull(s_listed.Refusal(url, out _));
    }

    [Theory]
    [InlineData("127.0.0.1"), InlineData("::1"), InlineData("::ffff:10.0.0.1"), InlineData("10.2.0.1")]
    [InlineData("169.254.169.254"), InlineData("64:ff9b::a9fe:a9fe")]
    [InlineData("224.0.0.1"), InlineData("255.255.255.255"), InlineData("fe80::1%1"), InlineData("fc00::1"), InlineData("ff02::1"), InlineData("::")]
    public void NoNameLeadsToTheseAddresses(string address)
    {
        Assert.NotNull(s_anyPublic.Refusal(IPAddress.Parse(address), isNamed: true));
        Assert.NotNull(s_listed.Refusal(IPAddress.Parse(address), isNamed: true));
    }

    [Theory]
    [InlineData("media.example.net", true), InlineData("MEDIA.example.net.", true), InlineData("a.example.org", true), InlineData("a.b.example.org", true)]
    [InlineData("example.org", false), InlineData("evilexample.org", false), InlineData("media.example.net.evil.com", false)]
    public void HostsAreNamedWholly(string host, bool isNamed) => Assert.Equal(isNamed, s_listed.IsNamed(host));

    [Fact]
    public void ANetworkOnTheListIsReachedByNameAndByAddress()
    {
        Assert.Null(s_listed.Refusal("http://10.1.2.3:8080/clip.ts", out _));
        Assert.Null(s_listed.Refusal(IPAddress.Parse("::ffff:10.1.2.3"), isNamed: false));
        Assert.Null(s_listed.Refusal("http://inside.lan/clip.ts", out _));               // its addresses decide
        Assert.NotNull(s_listed.Refusal(IPAddress.Parse("93.184.216.34"), isNamed: false));
        Assert.Null(s_listed.Refusal(IPAddress.Parse("93.184.216.34"), isNamed: true));
        Assert.NotNull(new UpstreamPolicy(["media.example.net"], []).Refusal("http://other.example.net/", out _));
    }

    [Theory]
    [InlineData("*", true), InlineData("*.example.net", true), InlineData("a-b.example", true), InlineData("*.", false), InlineData("a*b.net", false)]
    [InlineData("http://a", false), InlineData(".net", false), InlineData("a..b", false), InlineData("", false)]
    public void PatternsAreHostsOrDomains(string text, bool isPattern) => Assert.Equal(isPattern, UpstreamPolicy.IsHostPattern(text));
}
