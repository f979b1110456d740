namespace Sluice.Tests.Tidy;

/// <summary>The repository as files: found by walking up from the test binary to <c>Engine.sln</c>.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>Committed sources under a folder: no build products.</summary>
    public static IEnumerable<SourceFile> Files(string folder, string pattern = "*.cs")
    {
        var path = Path.Combine(Root, folder);
        if (!Directory.Exists(path))
            return [];
        return Directory.EnumerateFiles(path, pattern, SearchOption.AllDirectories)
            .Select(file => new SourceFile(Path.GetRelativePath(Root, file).Replace('\\', '/')))
            .Where(file => !file.Path.Split('/').Any(part => part is "bin" or "obj" or "out" or "TestResults" or "BenchmarkDotNet.Artifacts"))
            .OrderBy(file => file.Path, StringComparer.Ordinal);
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Engine.sln")))
                return folder.FullName;
        throw new InvalidOperationException($"no Engine.sln above {AppContext.BaseDirectory}");
    }
}

/// <summary>One file, its path from the root with forward slashes.</summary>
internal sealed record SourceFile(string Path)
{
    public string Name => System.IO.Path.GetFileNameWithoutExtension(Path);
    public string[] Lines => File.ReadAllLines(System.IO.Path.Combine(Repository.Root, Path));
    public string Text => File.ReadAllText(System.IO.Path.Combine(Repository.Root, Path));

    /// <summary>The lines with their numbers, without what stands behind <c>//</c>: what the compiler reads.</summary>
    public IEnumerable<(int Number, string Code)> Code =>
        Lines.Select((line, index) => (index + 1, line.Split("//", 2)[0])).Where(line => !string.IsNullOrWhiteSpace(line.Item2));
}
