using System.Diagnostics;

namespace Sluice.Tests.Store;

/// <summary>A file system of its own, small enough to fill; unmounted with the test. Needs root, as the tests of networks do.</summary>
public sealed class SmallDisk : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("sluice-disk-").FullName;

    public SmallDisk(string size) => Run("mount", "-t", "tmpfs", "-o", $"size={size}", "sluice-test", _path);

    public TempStore Store() => new(Directory.CreateDirectory(Path.Combine(_path, "store")).FullName);

    /// <summary>Takes all that is left, to the last page.</summary>
    public void Fill()
    {
        using var ballast = File.OpenWrite(Path.Combine(_path, "ballast"));
        var page = new byte[4_096];
        try
        {
            while (true)
            {
                ballast.Write(page);
                ballast.Flush();
            }
        }
        catch (IOException)
        {
            // Full, which is what was wanted.
        }
    }

    /// <summary>Gives so many bytes of a filled disk back.</summary>
    public void FreeSome(int bytes)
    {
        using var ballast = File.OpenWrite(Path.Combine(_path, "ballast"));
        ballast.SetLength(Math.Max(0, ballast.Length - bytes));
    }

    public void Free() => File.Delete(Path.Combine(_path, "ballast"));

    public void Dispose()
    {
        Run("umount", "--lazy", _path);
        Directory.Delete(_path);
    }

    public static void Run(string command, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true })!;
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{command}: {said}");
    }
}
