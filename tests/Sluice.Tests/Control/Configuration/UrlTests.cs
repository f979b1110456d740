using Sluice.Control.Configuration;

namespace Sluice.Tests.Control.Configuration;

public sealed class SourceUrlTests
{
    public static TheoryData<string, SourceUrl, bool> Cases => new() // as written, meaning, multicast
    {
        { "rtp://@:5004", new(MediaScheme.Rtp, "", 5004, null, null), false },
        { "udp://@:5004?from=10.0.0.7", new(MediaScheme.Udp, "", 5004, "10.0.0.7", null), false },
        { "rtp://127.0.0.1:5004", new(MediaScheme.Rtp, "127.0.0.1", 5004, null, null), false },
        { "udp://239.1.2.3:5004?iface=eth0", new(MediaScheme.Udp, "239.1.2.3", 5004, null, "eth0"), true },
        { "rtp://10.0.0.7@232.1.1.1:5004?iface=eth0", new(MediaScheme.Rtp, "232.1.1.1", 5004, "10.0.0.7", "eth0"), true },
        { "rtp://[2001:db8::7]@[ff3e::1]:5004?iface=br0.100", new(MediaScheme.Rtp, "ff3e::1", 5004, "2001:db8::7", "br0.100"), true },
        { "rtp://[::]:5004", new(MediaScheme.Rtp, "::", 5004, null, null), false },
        { "rtp://encoder.example:5004", new(MediaScheme.Rtp, "encoder.example", 5004, null, null), false },
        { "rtp://@:5004?nack=on", new(MediaScheme.Rtp, "", 5004, null, null) { Nack = new(null, null) }, false },
        { "rtp://@:5004?from=10.0.0.7&nack=5007&rtx=97", new(MediaScheme.Rtp, "", 5004, "10.0.0.7", null) { Nack = new(5007, 97) }, false },
        { "asset:239.1.1.1", new(MediaScheme.Asset, "", 0, null, null) { Asset = new("239.1.1.1", 0) }, false },
        { "asset:film?times=3", new(MediaScheme.Asset, "", 0, null, null) { Asset = new("film", 3) }, false },
    };

    [Theory, MemberData(nameof(Cases))]
    public void ReadsAndWritesEachForm(string text, SourceUrl expected, bool isMulticast)
    {
        Assert.Null(SourceUrl.Read(text, out var read));
        Assert.Equal(expected, read);
        Assert.Equal(isMulticast, read!.IsMulticast);
        Assert.Equal(isMulticast && expected.Sender is not null, read.IsSourceSpecific);
        Assert.Equal(text, read.ToString());
    }

    [Theory]
    [InlineData("http://10.0.0.1:80", "rtp:// or udp://")]
    [InlineData("", "rtp:// or udp://")]
    [InlineData("rtp://239.1.2.3", "port is missing")]
    [InlineData("rtp://[ff3e::1]", "port is missing")]
    [InlineData("rtp://239.1.2.3:0", "out of range")]
    [InlineData("rtp://239.1.2.3:65536", "out of range")]
    [InlineData("rtp://239.1.2.3:50x4", "not a port")]
    [InlineData("rtp://239.1.2.3:-1", "not a port")]
    [InlineData("rtp://239.1.2.300:5004", "not an address")]
    [InlineData("rtp://239.1.2:5004", "not an address")]
    [InlineData("rtp://010.0.0.1:5004", "not an address")]
    [InlineData("rtp://ff3e::1:5004", "brackets")]
    [InlineData("rtp://[ff3e::zz]:5004", "not an IPv6 address")]
    [InlineData("rtp://10.0.0.7@10.0.0.8:5004", "not a multicast group")]
    [InlineData("rtp://10.0.0.7@:5004", "not a multicast group")]
    [InlineData("rtp://10.0.0.7@[ff3e::1]:5004", "families")]
    [InlineData("rtp://239.1.2.3:5004?from=10.0.0.7", "before the @")]
    [InlineData("rtp://239.1.2.3:5004?ifcae=eth0", "did you mean \"iface\"")]
    [InlineData("rtp://239.1.2.3:5004?iface", "key=value")]
    [InlineData("rtp://239.1.2.3:5004?iface=eth0&iface=eth1", "twice")]
    [InlineData("rtp://239.1.2.3:5004?iface=eth0/../x", "interface name")]
    [InlineData("rtp://239.1.2.3:5004?iface=interface-too-long", "interface name")]
    [InlineData("rtp://239.1.2.3:5004/live", "path")]
    [InlineData("udp://@:5004?nack=on", "no sequence numbers")]
    [InlineData("rtp://239.1.2.3:5004?nack=on", "unicast")]
    [InlineData("rtp://@:65535?nack=on", "none above 65535")]
    [InlineData("rtp://@:5004?nack=yes", "not \"on\" or")]
    [InlineData("rtp://@:5004?nack=0", "not \"on\" or")]
    [InlineData("rtp://@:5004?rtx=97", "nobody asks")]
    [InlineData("rtp://@:5004?nack=on&rtx=128", "not a payload type")]
    [InlineData("rtp://@:5004?nack=on&rtx=74", "not a payload type")]
    [InlineData("rtp://@:5004?nakc=on", "did you mean \"nack\"")]
    [InlineData("rtp://bad_-host-:5004", "not an address or a host name")]
    public void SaysWhatIsWrong(string text, string mention) => Assert.Contains(mention, SourceUrl.Read(text, out _));
}

public sealed class OutputUrlTests
{
    [Theory]
    [InlineData("rtp://192.168.1.20:6000", MediaScheme.Rtp, "192.168.1.20", 6000)]
    [InlineData("udp://[2001:db8::1]:6000", MediaScheme.Udp, "2001:db8::1", 6000)]
    [InlineData("rtp://@239.9.9.9:5004", MediaScheme.Rtp, "239.9.9.9", 5004)]
    [InlineData("udp://set-top.example:5004", MediaScheme.Udp, "set-top.example", 5004)]
    public void ReadsEachForm(string text, MediaScheme scheme, string host, int port)
    {
        Assert.Null(OutputUrl.Read(text, out var output, out _));
        Assert.Equal(new OutputUrl(scheme, host, port), output);
    }

    [Theory]
    [InlineData("rtp://@:5004", "address to send to")]
    [InlineData("rtp://0.0.0.0:5004", "address to send to")]
    [InlineData("rtp://[::]:5004", "address to send to")]
    [InlineData("rtp://10.0.0.7@239.9.9.9:5004", "before the @")]
    [InlineData("rtp://255.255.255.255:5004", "broadcast")]
    [InlineData("rtp://239.9.9.9:5004?tll=8", "did you mean \"ttl\"")]
    public void SaysWhatIsWrong(string text, string mention) => Assert.Contains(mention, OutputUrl.Read(text, out _, out _));
}

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("0.0.0.0:8554", "0.0.0.0:8554")]
    [InlineData("[::1]:8554", "[::1]:8554")]
    [InlineData("*:8554", "[::]:8554")]
    [InlineData("localhost:0", "127.0.0.1:0")]
    public void ReadsEachForm(string text, string endPoint)
    {
        Assert.Null(ListenAddress.Read(text, out var read));
        Assert.Equal(endPoint, read!.ToString());
    }

    [Theory]
    [InlineData("8554")]
    [InlineData(":8554")]
    [InlineData("0.0.0.0")]
    [InlineData("0.0.0.0:99999")]
    [InlineData("example.org:80")]
    [InlineData("::1:8554")]
    public void RefusesTheRest(string text) => Assert.NotNull(ListenAddress.Read(text, out _));
}
