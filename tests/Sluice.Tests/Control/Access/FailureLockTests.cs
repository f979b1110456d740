using System.Net;
using Sluice.Control.Access;
using Sluice.Linux;

namespace Sluice.Tests.Control.Access;

public class FailureLockTests
{
    private const long SecondNs = 1_000_000_000;
    private static readonly IPAddress s_peer = IPAddress.Parse("192.0.2.7");

    private readonly FailureLock _lock = new();

    private void Fail(IPAddress peer, int times, long atNs)
    {
        for (var i = 0; i < times; i++)
            _lock.OnFailure(peer, new MonotonicTime(atNs));
    }

    [Fact]
    public void TheTenthFailureShutsForAMinuteFromThen()
    {
        Fail(s_peer, 9, 0);
        Assert.False(_lock.IsLocked(s_peer, new MonotonicTime(0)));
        Fail(s_peer, 1, 50 * SecondNs);
        Assert.True(_lock.IsLocked(s_peer, new MonotonicTime((110 * SecondNs) - 1)));
        Assert.False(_lock.IsLocked(s_peer, new MonotonicTime(110 * SecondNs)));
    }

    [Fact]
    public void FailuresOfAMinuteAgoDoNotCount()
    {
        Fail(s_peer, 9, 0);
        Fail(s_peer, 9, 60 * SecondNs);
        Assert.False(_lock.IsLocked(s_peer, new MonotonicTime(60 * SecondNs)));
    }

    [Theory]
    [InlineData("192.0.2.7", "::ffff:192.0.2.7", true)]
    [InlineData("192.0.2.7", "192.0.2.8", false)]
    [InlineData("2001:db8::1", "2001:db8::ffff:1", true)]
    [InlineData("2001:db8::1", "2001:db8:0:1::1", false)]
    public void APrefixIsAnAddressOrASlash64(string one, string other, bool same)
    {
        Fail(IPAddress.Parse(one), 10, 0);
        Assert.Equal(same, _lock.IsLocked(IPAddress.Parse(other), new MonotonicTime(1)));
    }

    [Fact]
    public void ManyPrefixesCostNoMoreThanTheTable()
    {
        for (var i = 0; i < FailureLock.PrefixesMax + 1000; i++)
            _lock.OnFailure(new IPAddress((long)i), new MonotonicTime(i));
        Assert.Equal(FailureLock.PrefixesMax, _lock.Count);
    }
}
