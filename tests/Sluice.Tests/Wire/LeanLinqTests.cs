namespace Sluice.Tests.Wire;

public class LeanLinqTests
{
    [Fact]
    public void SelectsAndFiltersAsSystemLinqDoes()
    {
        int[] numbers = [3, 1, 4, 1, 5, 9, 2, 6];
        Assert.Equal(Enumerable.Select(numbers, n => (n, n * n)), LeanLinq.Select(numbers, n => (n, n * n)));
        Assert.Equal(Enumerable.Select(numbers, (n, i) => n * i), LeanLinq.Select(numbers, (n, i) => n * i));
        Assert.Equal(Enumerable.Where(numbers, n => n % 2 == 0), LeanLinq.Where(numbers, n => n % 2 == 0));
    }

    [Fact]
    public void LooksAtNothingBeforeItIsAskedFor()
    {
        var looked = 0;
        var sequence = LeanLinq.Where(LeanLinq.Select(Enumerable.Range(0, 100), n => looked++ + n), n => n > 4);
        Assert.Equal(0, looked);
        Assert.Equal(6, sequence.First());
        Assert.Equal(4, looked);
    }

    // Without it every Select of the engine would be System.Linq's again, and the binary a quarter larger.
    [Fact]
    public void IsWhatCodeInThisNamespaceFinds() =>
        Assert.Equal(typeof(LeanLinq), new[] { 1 }.Select(n => n).GetType().DeclaringType);
}
