namespace Sluice.Tests;

public class CanaryTests
{
    [Fact]
    public void TheRunnerRuns() => Assert.Equal(4, 2 + 2);
}
