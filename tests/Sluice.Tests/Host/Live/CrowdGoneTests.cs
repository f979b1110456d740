using Sluice.Host.Live;
using Sluice.Linux;

namespace Sluice.Tests.Host.Live;

public class CrowdGoneTests
{
    private readonly CrowdGone _crowd;
    private int _collections;
    private long _second;

    public CrowdGoneTests() => _crowd = new CrowdGone(() => _collections++);

    [Fact]
    public void CollectsOnceAfterACrowdHasLeft()
    {
        Seconds(5, clients: 10_000);
        Seconds(10, clients: 100);
        Assert.Equal(0, _collections);
        Seconds(60, clients: 100);
        Assert.Equal(1, _collections);
    }

    [Fact]
    public void ACrowdThatComesBackIsNoneThatHasLeft()
    {
        for (var i = 0; i < 20; i++)
        {
            Seconds(5, clients: 10_000);
            Seconds(5, clients: 0);
        }
        Assert.Equal(0, _collections);
    }

    [Theory, InlineData(400, 0), InlineData(10_000, 6_000)]
    public void AFewOrHalfAreNoCrowd(int before, int after)
    {
        Seconds(5, before);
        Seconds(100, after);
        Assert.Equal(0, _collections);
    }

    private void Seconds(int count, int clients)
    {
        for (var i = 0; i < count; i++)
            _crowd.Look(clients, new MonotonicTime(_second++ * 1_000_000_000));
    }
}
