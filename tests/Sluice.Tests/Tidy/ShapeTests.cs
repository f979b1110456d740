using System.Text.RegularExpressions;

namespace Sluice.Tests.Tidy;

/// <summary>What lies where: the top level, the vectors, and tests that mirror the engine.</summary>
public class ShapeTests
{
    private static readonly HashSet<string> TopLevel =
        ["engine", "tools", "perf", "tests", "Engine.sln", "aot.props", "run-bench.sh", "README.md", "LICENSE", "out", "TestResults", "BenchmarkDotNet.Artifacts"];

    // Types whose tests stand elsewhere, each with the test file that covers it. An entry for a type that has its own file is refused.
    private static readonly Dictionary<string, string> CoveredBy = new()
    {
    };

    [Fact]
    public void TheTopLevelHoldsOnlyWhatBelongsThere()
    {
        var strangers = Directory.EnumerateFileSystemEntries(Repository.Root).Select(path => Path.GetFileName(path)!)
            .Where(name => !TopLevel.Contains(name) && name[0] != '.' && !Regex.IsMatch(name, @"^Directory\.\w+\.props$"));
        Assert.Empty(strangers);
    }

    [Fact]
    public void EveryVectorIsNamedByATest()
    {
        var tests = string.Concat(Repository.Files("tests").Select(file => file.Text));
        var orphans = Repository.Files("tests/vectors", "*")
            .Where(file => Path.GetExtension(file.Path) is not (".md" or ".sh"))
            .Where(file => !tests.Contains(Path.GetFileName(file.Path), StringComparison.Ordinal)).Select(file => file.Path);
        Assert.Empty(orphans);
    }

    [Fact]
    public void EveryTypeOfWireHasATestOfItsNameOrACoverer()
    {
        var tests = Repository.Files("tests/Sluice.Tests/Wire").ToArray();
        var named = tests.Select(file => file.Name).ToHashSet();
        foreach (var file in Repository.Files("engine/Sluice.Wire").Where(IsPublicType))
        {
            if (named.Contains(file.Name + "Tests"))
            {
                Assert.False(CoveredBy.ContainsKey(file.Name), $"{file.Name} has a test of its own: take it off the list");
                continue;
            }
            Assert.True(CoveredBy.TryGetValue(file.Name, out var coverer), $"{file.Path} has no {file.Name}Tests and no coverer");
            Assert.True(tests.Any(test => test.Name == coverer && Regex.IsMatch(test.Text, $@"\b{file.Name}\b")), $"{coverer} does not speak of {file.Name}");
        }
    }

    [Fact]
    public void TheListOfCoverersNamesOnlyWhatExists() =>
        Assert.Empty(CoveredBy.Keys.Except(Repository.Files("engine/Sluice.Wire").Select(file => file.Name)));

    private static bool IsPublicType(SourceFile file) => Regex.IsMatch(file.Text, @"^public ", RegexOptions.Multiline);
}
