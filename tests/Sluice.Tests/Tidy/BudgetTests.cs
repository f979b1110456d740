using Xunit.Abstractions;

namespace Sluice.Tests.Tidy;

/// <summary>Files and lines stay small: a ratchet, lowered when the code allows it and never raised in passing.</summary>
public class BudgetTests(ITestOutputHelper output)
{
    private const int FileLinesMax = 400;
    private const int ColumnsMax = 160;

    // Lines that were wider when the ratchet was set: lower it when some are gone.
    private const int WideLinesMax = 35;
    private const int WideColumnsMax = 220;

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

    [Fact]
    public void LinesStayNarrow()
    {
        var wide = Sources.SelectMany(file => file.Lines.Select((line, index) => (file.Path, Number: index + 1, line.Length)))
            .Where(line => line.Length > ColumnsMax).ToArray();
        var list = string.Join('\n', wide.Select(line => $"{line.Path}:{line.Number} has {line.Length} columns"));
        output.WriteLine(list);
        Assert.True(wide.Length <= WideLinesMax, $"{wide.Length} lines are wider than {ColumnsMax}, {WideLinesMax} may be:\n{list}");
        Assert.All(wide, line => Assert.InRange(line.Length, 0, WideColumnsMax));
    }
}
