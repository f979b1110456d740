namespace Sluice.Tests.Kit.Processes;

/// <summary>Finds the programs that tests drive, and says what installs them when they are missing.</summary>
internal static class Executable
{
    public static string Find(string program)
    {
        if (program.Contains('/'))
            return File.Exists(program) ? program : throw new FileNotFoundException($"{program} does not exist.");
        var found = (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin").Split(':')
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
        return found ?? throw new FileNotFoundException($"{program} is not installed; `bash tests/run.sh` installs the clients that the tests use.");
    }
}
