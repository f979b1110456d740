using System.Net;
using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Linux;

namespace Sluice.Tests.Linux.Sockets;

public class DatagramAddressTests
{
    private static readonly Gen<byte> Bytes = Gen.Choose(0, 255).Select(i => (byte)i);

    private static readonly Gen<IPEndPoint> EndPoints =
        from v6 in Gen.Elements(true, false)
        from address in Gen.ArrayOf(Bytes, v6 ? 16 : 4)
        from scope in Gen.Choose(0, 1000)
        from port in Gen.Choose(0, 65535)
        select new IPEndPoint(v6 ? new IPAddress(address, scope) : new IPAddress(address), port);

    [Fact]
    public void ReadsBackTheEndPointItWasMadeFrom() => Prop.ForAll(EndPoints.ToArbitrary(), endPoint =>
    {
        var address = DatagramAddress.From(endPoint);
        Assert.Equal(endPoint, address.ToEndPoint());
        Assert.Equal(endPoint.Port, address.Port);
        Assert.Equal(endPoint.ToString(), address.ToString());
        Assert.Equal(endPoint.Address.GetAddressBytes().Length == 16, address.IsIPv6);
        Assert.Equal(address.IsIPv6 ? 28 : 16, address.Length);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void EqualsExactlyWhatHasTheSameBytes() => Prop.ForAll(EndPoints.ToArbitrary(), EndPoints.ToArbitrary(), (a, b) =>
    {
        var (left, right) = (DatagramAddress.From(a), DatagramAddress.From(b));
        var same = MemoryMarshal.AsBytes([left]).SequenceEqual(MemoryMarshal.AsBytes([right]));
        Assert.Equal(same, left == right);
        Assert.True(left == DatagramAddress.From(a) && left.GetHashCode() == DatagramAddress.From(a).GetHashCode());
        Assert.True(left.SameHost(left.WithPort((ushort)b.Port)));
        Assert.Equal(a.Port == b.Port, left == left.WithPort((ushort)b.Port));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void LaysItsBytesOutAsTheKernelReadsThem()
    {
        var v4 = DatagramAddress.From(IPAddress.Parse("10.1.2.3"), 5004);
        Assert.Equal("0200138C0A010203" + new string('0', 40), Convert.ToHexString(MemoryMarshal.AsBytes([v4])));
        var v6 = DatagramAddress.From(IPAddress.Parse("fe80::1"), 5004, scopeId: 3);
        Assert.Equal("0A00138C00000000FE80000000000000000000000000000103000000", Convert.ToHexString(MemoryMarshal.AsBytes([v6])));
    }

    [Theory]
    [InlineData("223.255.255.255", false)]
    [InlineData("224.0.0.0", true)]
    [InlineData("239.255.255.255", true)]
    [InlineData("240.0.0.0", false)]
    [InlineData("ff02::1", true)]
    [InlineData("fe80::1", false)]
    [InlineData("2001:db8::ff", false)]
    public void KnowsMulticast(string address, bool expected) =>
        Assert.Equal(expected, DatagramAddress.From(IPAddress.Parse(address), 1).IsMulticast);

    /// <summary>The tables that this hash feeds take its low bits: neighbouring clients must not share them.</summary>
    [Theory]
    [InlineData("10.0.0.1", 1)]
    [InlineData("2001:db8::1", 1)]
    [InlineData("10.0.0.1", 256)]
    public void SpreadsNeighboursOverTheLowBitsOfItsHash(string first, int portStep)
    {
        var buckets = new int[1024];
        for (var i = 0; i < 4096; i++)
        {
            var bytes = IPAddress.Parse(first).GetAddressBytes();
            bytes[^1] += (byte)(i >> 8);
            buckets[DatagramAddress.From(new IPAddress(bytes), (i & 255) * portStep % 65536).GetHashCode() & 1023]++;
        }
        Assert.InRange(buckets.Max(), 4, 18);   // 4 on average; a Poisson maximum over 1,024 buckets is about 13
    }

    [Fact]
    public void RefusesAPortThatIsNone()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => DatagramAddress.From(IPAddress.Loopback, 65_536));
        Assert.Throws<ArgumentOutOfRangeException>(() => DatagramAddress.From(IPAddress.Loopback, -1));
    }
}
