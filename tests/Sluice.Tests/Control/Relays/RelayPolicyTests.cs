using System.Net;
using Sluice.Control.Configuration;
using Sluice.Control.Relays;

namespace Sluice.Tests.Control.Relays;

public class RelayPolicyTests
{
    private static readonly RelayConfig s_config = new()
    {
        Groups = [IPNetwork.Parse("239.1.0.0/16"), IPNetwork.Parse("ff3e::/32")], Interface = "eth0", Interfaces = ["eth1"],
    };

    [Theory]
    [InlineData("239.1.2.3:5004", null, true)]
    [InlineData("10.0.0.7@239.1.255.255:5004", null, true)]
    [InlineData("239.2.0.0:5004", null, false)]
    [InlineData("224.0.0.1:5004", null, false)]
    [InlineData("10.1.2.3:5004", null, false)]
    [InlineData("127.0.0.1:9090", null, false)]
    [InlineData("[ff3e::1]:5004", null, true)]
    [InlineData("[ff02::1]:5004", null, false)]
    [InlineData("[::1]:5004", null, false)]
    [InlineData("[::ffff:239.1.2.3]:5004", null, false)]
    [InlineData("239.1.2.3:5004", "eth0", true)]
    [InlineData("239.1.2.3:5004", "eth1", true)]
    [InlineData("239.1.2.3:5004", "eth2", false)]
    public void OnlyWhatIsConfiguredIsRelayed(string place, string? device, bool allowed)
    {
        Assert.Null(RelayRequest.Read(place, device, out var request));
        Assert.Equal(allowed, RelayPolicy.Refusal(s_config, request!) is null);
    }
}
