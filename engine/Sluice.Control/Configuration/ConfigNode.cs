namespace Sluice.Control.Configuration;

internal enum ConfigKind
{
    Object,
    Array,
    String,
    Number,
    Boolean,
    Null,
}

/// <summary>
/// One value of the document with the place where it stands: what JSON readers throw away and a person needs.
/// </summary>
/// <remarks>Text is the string's value, or the number or word as it was written; empty for objects and arrays.</remarks>
internal sealed record ConfigNode(ConfigKind Kind, int Line, int Column, string Path, string Text)
{
    /// <summary>Members in file order; used by objects only.</summary>
    public List<ConfigMember> Members { get; } = [];

    /// <summary>Elements in file order; used by arrays only.</summary>
    public List<ConfigNode> Items { get; } = [];

    /// <summary>How a mistake names this value: its text where it is short, its kind where it is not.</summary>
    public string Quoted => Kind switch
    {
        ConfigKind.Object => "an object",
        ConfigKind.Array => "an array",
        ConfigKind.String => $"\"{Shown(Text)}\"",
        _ => Shown(Text),
    };

    /// <summary>Text of the file as it may be shown in one line of a terminal: no control characters, not endless.</summary>
    public static string Shown(string text)
    {
        var cut = text.Length > 80 ? text[..77] + "..." : text;
        return string.Create(cut.Length, cut, static (target, source) =>
        {
            for (var i = 0; i < source.Length; i++)
                target[i] = IsShowable(source[i]) ? source[i] : '?';
        });
    }

    // Format covers the bidirectional overrides that could make a terminal show something else than what is there.
    private static bool IsShowable(char c) => !char.IsControl(c)
        && char.GetUnicodeCategory(c) is not (System.Globalization.UnicodeCategory.Format
            or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator);
}

/// <summary>A key and its value; the key keeps its own place, because unknown keys are the most common mistake.</summary>
internal sealed record ConfigMember(string Key, int Line, int Column, ConfigNode Value);
