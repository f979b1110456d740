namespace Sluice.Tests.Kit;

/// <summary>One temporary folder for a test run, removed at its end; and the folder of the repository.</summary>
internal static class TestFolder
{
    private static readonly Lazy<string> s_root = new(() =>
    {
        var root = Directory.CreateTempSubdirectory("sluice-tests-").FullName;
        // World-readable: VLC runs as nobody and must reach its home below.
        File.SetUnixFileMode(root, (UnixFileMode)0b111_101_101);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => TryDelete(root);
        return root;
    });
    private static int s_next;

    public static string Root => s_root.Value;

    /// <summary>The folder that holds Engine.sln, found upwards from the test assembly.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>A new empty folder with a name of its own.</summary>
    public static string Create(string name, UnixFileMode? mode = null)
    {
        var path = Path.Combine(Root, $"{name}-{Interlocked.Increment(ref s_next)}");
        Directory.CreateDirectory(path);
        if (mode is { } wanted) File.SetUnixFileMode(path, wanted);
        return path;
    }

    public static string NewFile(string name) => Path.Combine(Root, $"{Interlocked.Increment(ref s_next)}-{name}");

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Engine.sln"))) return folder.FullName;
        throw new DirectoryNotFoundException($"No Engine.sln above {AppContext.BaseDirectory}.");
    }

    private static void TryDelete(string folder)
    {
        try { Directory.Delete(folder, recursive: true); }
        catch (IOException) { /* a killed child may still be writing; /tmp is cleaned by the system */ }
        catch (UnauthorizedAccessException) { /* the same */ }
    }
}
