using Xunit.Abstractions;

namespace Sluice.Tests.Tidy;

/// <summary>Files and lines stay small: a ratchet, lowered when the code allows it and never raised in passing.</summary>
public class BudgetTests(ITestOutputHelper output)
{
    private const int FileLinesMax = 400;
    private const int ColumnsMax = 160;

    private static IEnumerable<SourceFile> Sources =>
        new[] { "engine", "tools", "tests", "perf" }.SelectMany(folder => Repository.Files(folder));

    [Fact]
    public void NoFileIsLongerThanItsBudget()
    {
        var lengths = Sources.Select(file => (file.Path, file.Lines.Length)).OrderBy(file => file.Length).ToArray();
        foreach (var room in lengths.GroupBy(file => string.Join('/', file.Path.Split('/').Take(2))))
            output.WriteLine($"{room.Key}: {room.Count()} files, median {room.ElementAt(room.Count() / 2).Length}, longest {room.Last().Length}");
        var tooLong = lengths.Where(file => file.Length > FileLinesMax);
        Assert.Empty(tooLong);
    }

    // How many lines were wider when the ratchet was set: lower a figure when some are gone.
    [Theory, InlineData("engine", 1), InlineData("tools", 3), InlineData("tests", 16), InlineData("perf", 0)]
    public void LinesStayNarrow(string folder, int widerMax)
    {
        var wide = Repository.Files(folder).SelectMany(file => file.Lines.Select((line, index) => (file.Path, Number: index + 1, line.Length)))
            .Where(line => line.Length > ColumnsMax).ToArray();
        var list = string.Join('\n', wide.Select(line => $"{line.Path}:{line.Number} has {line.Length} columns"));
        Assert.True(wide.Length <= widerMax, $"{wide.Length} lines are wider than {ColumnsMax}, {widerMax} may be:\n{list}");
        if (wide.Length < widerMax)
            output.WriteLine($"{folder}: the ratchet can go from {widerMax} to {wide.Length}");
    }
}
