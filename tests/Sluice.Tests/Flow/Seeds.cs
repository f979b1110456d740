namespace Sluice.Tests.Flow;

/// <summary>Seeds of the model tests: a failing case prints its own.</summary>
public static class Seeds
{
    public static TheoryData<int> Few => [1, 2, 3, 5, 8, 13, 21, 34];
}
