using System.CommandLine;
using Sluice.Control.Configuration;
using Sluice.Host.Web;

namespace Sluice.Host.Commands;

/// <summary>Reads a configuration file and says what is wrong with it.</summary>
internal static class ConfigFile
{
    /// <summary>A configuration is written by a person; what is longer is some other file.</summary>
    private const long BytesMax = 4 << 20;

    public static Argument<string> Argument() => new("FILE") { Description = "The configuration file, or - for standard input." };

    /// <returns>Null when there are mistakes, which have been written to <paramref name="error"/>.</returns>
    public static EngineConfig? Load(string path, TextWriter error)
    {
        if (Read(path, error) is not { } text)
            return null;
        var result = ConfigParser.Parse(text);
        foreach (var mistake in result.Mistakes)
            error.WriteLine(mistake.ToString(path));
        if (!result.IsValid)
            error.WriteLine(result.Mistakes.Count == 1 ? "1 mistake" : $"{result.Mistakes.Count} mistakes");
        if (result.Config?.Rtsps is { } tls && CertificateFiles.Check(tls) is { } wrong)
        {
            error.WriteLine($"{path}: rtsps: {wrong}");
            return null;
        }
        return result.Config is { } config ? PasswordFiles.Read(config, path, error) : null;
    }

    private static byte[]? Read(string path, TextWriter error)
    {
        try
        {
            using var file = path == "-" ? Console.OpenStandardInput() : File.OpenRead(path);
            using var text = new MemoryStream();
            var block = new byte[64 << 10];
            for (int n; (n = file.Read(block)) > 0 && text.Length <= BytesMax;)
                text.Write(block, 0, n);
            if (text.Length <= BytesMax)
                return text.ToArray();
            error.WriteLine($"sluice: {path} is longer than {BytesMax >> 20} MiB, which no configuration is");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error.WriteLine($"sluice: cannot read the configuration: {e.Message}");
        }
        return null;
    }
}
