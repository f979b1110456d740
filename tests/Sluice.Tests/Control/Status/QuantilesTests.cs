using Sluice.Control.Status;

namespace Sluice.Tests.Control.Status;

public class QuantilesTests
{
    [Fact]
    public void AreNearestRank()
    {
        Assert.Equal(new Quantiles { P50 = 50, P90 = 90, P99 = 99, Max = 100 }, Quantiles.Of([.. Enumerable.Range(1, 100).Select(i => (double)i).Reverse()]));
        Assert.Equal(new Quantiles { P50 = 3, P90 = 3, P99 = 3, Max = 3 }, Quantiles.Of([3]));
        Assert.Equal(new Quantiles(), Quantiles.Of([]));
    }
}
