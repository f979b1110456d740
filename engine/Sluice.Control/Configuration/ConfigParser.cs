using System.Text;

namespace Sluice.Control.Configuration;

/// <summary>
/// Configuration text to configuration, or to every mistake in it. Pure: no file, no name look-up, no clock.
/// Never throws, whatever the bytes are.
/// </summary>
public static class ConfigParser
{
    public static ConfigResult Parse(string text) => Parse(Encoding.UTF8.GetBytes(text));

    public static ConfigResult Parse(ReadOnlySpan<byte> utf8)
    {
        var mistakes = new List<ConfigMistake>();
        if (!ConfigReader.TryRead(utf8, mistakes, out var root))
            return new(null, mistakes);
        var config = EngineBinder.Bind(root, mistakes);
        return mistakes.Count == 0 ? new(config, []) : new(null, InFileOrder(mistakes));
    }

    /// <summary>
    /// One output by itself, as the HTTP API takes it: the same object, or the same URL in quotes, as in a file.
    /// Its delay may go up to <paramref name="delayMaxNs"/>, the engine's <see cref="LimitsConfig.DelayNs"/>.
    /// </summary>
    public static (OutputConfig? Output, IReadOnlyList<ConfigMistake> Mistakes) ParseOutput(ReadOnlySpan<byte> utf8, long delayMaxNs)
    {
        var mistakes = new List<ConfigMistake>();
        if (!ConfigReader.TryRead(utf8, mistakes, out var root))
            return (null, mistakes);
        var output = OutputBinder.Bind(root, delayMaxNs, mistakes);
        return mistakes.Count == 0 ? (output, []) : (null, InFileOrder(mistakes));
    }

    private static ConfigMistake[] InFileOrder(List<ConfigMistake> mistakes) =>
        [.. mistakes.OrderBy(m => m.Line).ThenBy(m => m.Column)];
}
