using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace Sluice.Scenarios.Runner;

/// <summary>The C and C++ contestants and helpers: compiled by the machine's own compiler into a temporary folder, removed at the end.</summary>
internal sealed class Native : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sluice-scenarios-").FullName;

    public const string Flags = "-O2";

    /// <summary>The executable made from an embedded source (<c>sink.c</c>); throws with the compiler's words when it cannot be made.</summary>
    public string Executable(string source)
    {
        var target = Path.Combine(_folder, Path.GetFileNameWithoutExtension(source));
        if (File.Exists(target))
            return target;
        var text = Path.Combine(_folder, source);
        using (var file = File.Create(text))
        using (var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream(source)!)
            resource.CopyTo(file);
        var isCpp = source.EndsWith(".cpp", StringComparison.Ordinal);
        Output(isCpp ? "c++" : "cc", isCpp ? ["-std=c++17", "-pthread", Flags, "-o", target, text] : [Flags, "-o", target, text]);
        return target;
    }

    /// <summary>Runs an embedded program to its end and gives the numbers that it printed.</summary>
    public long[] Run(string source, params object[] arguments) => Numbers(Output(Executable(source), arguments));

    /// <summary>Starts an embedded program that is talked to.</summary>
    public Process Start(string source, params object[] arguments) => Process.Start(Info(Executable(source), arguments))!;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static long[] Numbers(string line) =>
        [.. line.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(word => long.Parse(word, CultureInfo.InvariantCulture))];

    private static string Output(string program, object[] arguments)
    {
        using var process = Process.Start(Info(program, arguments))!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} ended with {process.ExitCode}");
    }

    private static ProcessStartInfo Info(string program, object[] arguments) =>
        new(program, arguments.Select(argument => Convert.ToString(argument, CultureInfo.InvariantCulture)!))
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        };
}
