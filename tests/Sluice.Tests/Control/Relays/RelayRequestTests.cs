using Sluice.Control.Relays;

namespace Sluice.Tests.Control.Relays;

public class RelayRequestTests
{
    [Theory]
    [InlineData("239.1.2.3:5004", null, "239.1.2.3", 5004)]
    [InlineData("10.0.0.7@232.1.1.1:5004", "10.0.0.7", "232.1.1.1", 5004)]
    [InlineData("[ff3e::1]:1234", null, "ff3e::1", 1234)]
    [InlineData("[2001:db8::7]@[FF3E::1]:65535", "2001:db8::7", "ff3e::1", 65535)]
    public void ReadsWhatOthersUnderstand(string place, string? source, string group, int port)
    {
        Assert.Null(RelayRequest.Read(place, null, out var request));
        Assert.Equal((source, group, port), (request!.Source?.ToString(), request.Group.ToString(), request.Port));
        Assert.Equal(place.ToLowerInvariant(), request.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("239.1.2.3")]
    [InlineData("239.1.2.3:0")]
    [InlineData("239.1.2.3:65536")]
    [InlineData("239.1.2.3:50x")]
    [InlineData(":5004")]
    [InlineData("tv.example.net:5004")]             // nobody makes this machine ask a name server
    [InlineData("@239.1.2.3:5004")]
    [InlineData("host@239.1.2.3:5004")]
    [InlineData("10.0.0.7@[ff3e::1]:5004")]
    [InlineData("ff3e::1:5004")]
    [InlineData("239.1.2.3.4:5004")]
    [InlineData("0xef010203:5004")]
    [InlineData("10.0.0.7@10.0.0.8@239.1.2.3:5004")]
    public void RefusesEverythingElse(string place)
    {
        Assert.NotNull(RelayRequest.Read(place, null, out var request));
        Assert.Null(request);
    }

    [Theory, InlineData("eth0/../x"), InlineData(""), InlineData("a name that is far too long")]
    public void RefusesWhatIsNoInterfaceName(string device) => Assert.NotNull(RelayRequest.Read("239.1.2.3:5004", device, out _));

    [Fact]
    public void RefusesWhatIsTooLongToMeanAnything() =>
        Assert.Equal("the place is too long", RelayRequest.Read(new string('1', 10_000) + ":5004", null, out _));
}
