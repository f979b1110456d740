using System.Xml.Linq;

namespace Sluice.Tests.Tidy;

/// <summary>Who may call whom: Wire, Linux &lt;- Store &lt;- Flow &lt;- Control &lt;- Host, and nothing points back.</summary>
public class DependencyTests
{
    private static readonly Dictionary<string, string[]> Table = new()
    {
        ["Sluice.Wire"] = [],
        ["Sluice.Linux"] = [],
        ["Sluice.Store"] = ["Sluice.Wire", "Sluice.Linux"],
        ["Sluice.Flow"] = ["Sluice.Store"],
        ["Sluice.Control"] = ["Sluice.Flow"],
        ["Sluice.Host"] = ["Sluice.Control"],
    };

    [Fact]
    public void TheProjectReferencesOfTheEngineAreTheTable()
    {
        var found = Repository.Files("engine", "*.csproj").ToDictionary(project => project.Name, References);
        Assert.Equal(Table.Keys.Order(), found.Keys.Order());
        Assert.All(Table, row => Assert.Equal(row.Value.Order(), found[row.Key].Order()));
    }

    /// <summary>Who stands outside the engine, and what of it each may use. The dashboard knows files only; the load
    /// generator measures from outside and knows nothing of how the engine works.</summary>
    private static readonly Dictionary<string, string[]> Around = new()
    {
        ["Sluice.Dashboard"] = [],
        ["Sluice.Load"] = ["Sluice.Linux", "Sluice.Wire"],
        ["Sluice.Micro"] = ["Sluice.Flow"],
        ["Sluice.Scenarios"] = ["Sluice.Flow", "Sluice.Linux", "Sluice.Wire"],
    };

    [Fact]
    public void TheProjectReferencesAroundTheEngineAreTheTable()
    {
        var found = Repository.Files("tools", "*.csproj").Concat(Repository.Files("perf", "*.csproj")).ToDictionary(project => project.Name, References);
        Assert.Equal(Around.Keys.Order(), found.Keys.Order());
        Assert.All(Around, row => Assert.Equal(row.Value.Order(), found[row.Key].Order()));
    }

    [Fact]
    public void NothingInTheEngineReachesOutOfIt() =>
        Assert.All(Repository.Files("engine", "*.csproj"), project =>
            Assert.DoesNotContain(XDocument.Parse(project.Text).Descendants("ProjectReference"), reference =>
                !Path.GetFullPath(Path.Combine(Repository.Root, Path.GetDirectoryName(project.Path)!, reference.Attribute("Include")!.Value))
                    .StartsWith(Path.Combine(Repository.Root, "engine") + "/", StringComparison.Ordinal)));

    [Fact]
    public void OnlyLinuxAndTheTestsMayBeUnsafe() =>
        Assert.Equal(
            ["engine/Sluice.Linux/Sluice.Linux.csproj"],
            Repository.Files("", "*.csproj").Concat(Repository.Files("", "*.props"))
                .Where(file => file.Text.Contains("AllowUnsafeBlocks", StringComparison.Ordinal) && !file.Path.StartsWith("tests/", StringComparison.Ordinal))
                .Select(file => file.Path));

    [Fact]
    public void EveryProjectIsInTheSolution()
    {
        var solution = File.ReadAllText(Path.Combine(Repository.Root, "Engine.sln"));
        Assert.All(Repository.Files("", "*.csproj"), project => Assert.Contains(project.Path.Replace('/', '\\'), solution, StringComparison.Ordinal));
    }

    private static IEnumerable<string> References(SourceFile project) =>
        XDocument.Parse(project.Text).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));
}
