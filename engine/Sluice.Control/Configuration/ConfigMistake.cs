namespace Sluice.Control.Configuration;

/// <summary>
/// One thing that is wrong in a configuration file, said so that a person can mend it without the manual.
/// </summary>
/// <param name="Line">1-based line of the text.</param>
/// <param name="Column">1-based column, counted in characters.</param>
/// <param name="Path">Where in the document, as <c>channels.news.outputs[1].ttl</c>; empty for the document itself.</param>
/// <param name="Message">What is wrong, quoting what was found.</param>
/// <param name="Expected">What would have been right.</param>
public sealed record ConfigMistake(int Line, int Column, string Path, string Message, string Expected)
{
    /// <summary>The form that compilers use, so that editors and terminals can jump to the place.</summary>
    public string ToString(string file) => $"{file}:{Line}:{Column}: {Message}; expected {Expected}";

    public override string ToString() => ToString("config");
}

/// <summary>What reading a configuration gave: a configuration, or every mistake that was found, in file order.</summary>
public sealed record ConfigResult(EngineConfig? Config, IReadOnlyList<ConfigMistake> Mistakes)
{
    public bool IsValid => Config is not null;
}
