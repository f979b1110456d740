using System.Net;
using Sluice.Host.Web;

namespace Sluice.Tests.Host.Web;

public sealed class ConnectionQuotaTests
{
    [Fact]
    public void BoundsWhatOneAddressHolds()
    {
        var (quota, peer, other) = (new ConnectionQuota(2), IPAddress.Parse("192.0.2.1"), IPAddress.Parse("192.0.2.2"));

        Assert.True(quota.TryEnter(peer) && quota.TryEnter(IPAddress.Parse("::ffff:192.0.2.1")));
        Assert.False(quota.TryEnter(peer));
        Assert.True(quota.TryEnter(other));
        quota.Leave(peer);
        Assert.True(quota.TryEnter(peer));
        Assert.False(quota.TryEnter(peer));
    }

    [Fact]
    public void CountsAnIPv6NetworkAsOne()
    {
        var quota = new ConnectionQuota(1);

        Assert.True(quota.TryEnter(IPAddress.Parse("2001:db8::1")));
        Assert.False(quota.TryEnter(IPAddress.Parse("2001:db8::2")));
        Assert.True(quota.TryEnter(IPAddress.Parse("2001:db8:0:1::2")));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    public void LeavesLoopbackFree(string address)
    {
        var quota = new ConnectionQuota(1);

        for (var i = 0; i < 100; i++)
            Assert.True(quota.TryEnter(IPAddress.Parse(address)));
    }
}
