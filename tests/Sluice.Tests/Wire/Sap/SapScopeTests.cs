using System.Net;
using Sluice.Wire.Sap;

namespace Sluice.Tests.Wire.Sap;

public class SapScopeTests
{
    [Theory]
    [InlineData("224.2.130.7", "224.2.127.254")]
    [InlineData("232.1.1.1", "224.2.127.254")]
    [InlineData("233.252.0.1", "224.2.127.254")]
    [InlineData("239.255.7.7", "239.255.255.255")]
    [InlineData("239.254.0.1", "239.255.255.255")]
    [InlineData("239.192.1.1", "239.195.255.255")]
    [InlineData("239.9.9.9", "239.195.255.255")]
    [InlineData("224.0.0.77", "224.0.0.255")]
    [InlineData("ff02::1234", "ff02::2:7ffe")]
    [InlineData("ff15::1", "ff05::2:7ffe")]
    [InlineData("ff3e::4000:1", "ff0e::2:7ffe")]
    [InlineData("ff18::1", "ff08::2:7ffe")]
    public void ASessionIsAnnouncedInItsOwnScope(string group, string announcements) =>
        Assert.Equal(IPAddress.Parse(announcements), SapScope.AnnouncementGroup(IPAddress.Parse(group)));

    [Fact]
    public void ALinkLocalGroupKeepsItsLink() => Assert.Equal(7, SapScope.AnnouncementGroup(IPAddress.Parse("ff02::9%7")).ScopeId);
}
