using System.Net;
using Sluice.Linux;

namespace Sluice.Tests.Linux.Sockets;

public sealed class LocalAddressTests(MulticastNetwork network) : IClassFixture<MulticastNetwork>
{
    [Theory]
    [InlineData("239.7.1.1", "f0", "10.77.0.2")]
    [InlineData("239.7.1.1", "f1", "10.77.1.2")]
    [InlineData("ff15::1", "f0", "fd77::2")]
    [InlineData("ff15::1", "f1", "fd77:0:0:1::2")]
    [InlineData("10.77.1.1", null, "10.77.1.2")]
    public void IsTheOneThatPacketsCarry(string to, string? device, string expected)
    {
        var target = IPAddress.Parse(to);
        var options = new DatagramSocketOptions
        {
            BindAddress = target.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any,
            MulticastInterface = device,
        };
        var address = network.Far.Run(() =>
            LocalAddress.TryFind(options, DatagramAddress.From(target, 5004), out var found, out var error) ? found.ToString() : error.Message);
        Assert.Equal(expected, address);
    }

    [Fact]
    public void WithoutARouteThereIsNone()
    {
        var (found, message) = network.Far.Run(() =>
            (LocalAddress.TryFind(new(), DatagramAddress.From(IPAddress.Parse("192.0.2.1"), 5004), out _, out var error), error.Message));
        Assert.False(found);
        Assert.Contains("no route to 192.0.2.1", message, StringComparison.Ordinal);
    }
}
