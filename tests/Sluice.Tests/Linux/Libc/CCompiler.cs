using System.Diagnostics;

namespace Sluice.Tests.Linux.Libc;

/// <summary>Compiles and runs one small C program. The native build needs a C compiler anyway.</summary>
internal static class CCompiler
{
    internal static string Run(string source)
    {
        var folder = Directory.CreateTempSubdirectory("sluice-c");
        try
        {
            var code = Path.Combine(folder.FullName, "a.c");
            var program = Path.Combine(folder.FullName, "a");
            File.WriteAllText(code, source);
            Output("cc", "-o", program, code);
            return Output(program);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Output(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        var complaint = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, complaint);
        return output;
    }
}
