using System.Diagnostics;
using System.Globalization;

namespace Sluice.Control.Configuration;

/// <summary>
/// One object of the document being read: hands out members by key, reports the keys that nobody knows, and notes
/// every mistake with its place. A getter that finds nothing or nonsense gives the default, so that reading goes on
/// and one run names all the mistakes.
/// </summary>
internal sealed class Section
{
    private readonly ConfigNode? _node;
    private readonly IReadOnlyList<string> _keys;
    private readonly List<ConfigMistake> _mistakes;
    private readonly HashSet<string> _asked = [];

    /// <summary>Keys is one of <see cref="ConfigKeys"/>' tables. Without a node, or with one that is no object, every getter gives its default.</summary>
    public Section(ConfigNode? node, IReadOnlyList<string> keys, List<ConfigMistake> mistakes)
    {
        (_keys, _mistakes) = (keys, mistakes);
        if (node is null)
            return;
        if (node.Kind != ConfigKind.Object)
        {
            Wrong(node, $"{node.Quoted} is not an object", $"an object with {string.Join(", ", keys)}");
            return;
        }
        _node = node;
        foreach (var member in node.Members.Where(m => !keys.Contains(m.Key)))
            Unknown(member);
    }

    /// <summary>False when the document has nothing here (or something that is no object).</summary>
    public bool IsPresent => _node is not null;

    public List<ConfigMistake> Mistakes => _mistakes;

    public ConfigNode? Find(string key)
    {
        Debug.Assert(_keys.Contains(key), "A key is read that the table does not name.");
        NoteAsked(key);
        foreach (var member in _node?.Members ?? [])
            if (member.Key == key)
                return member.Value;
        return null;
    }

    [Conditional("DEBUG")]
    private void NoteAsked(string key) => _asked.Add(key);

    /// <summary>A member that must be there; its absence is a mistake at the object's own place, unless its misspelling was one already.</summary>
    public ConfigNode? Require(string key, string expected)
    {
        var found = Find(key);
        if (found is null && _node is not null && !_node.Members.Exists(m => !_keys.Contains(m.Key) && Nearest.To(m.Key, _keys) == key))
            Wrong(_node, $"\"{key}\" is missing", $"\"{key}\": {expected}");
        return found;
    }

    public Section Sub(string key, IReadOnlyList<string> keys) => new(Find(key), keys, _mistakes);

    /// <summary>Our own check: every key of the table was read, so no key is known and then ignored.</summary>
    public void Close() => Debug.Assert(_node is null || _keys.All(k => k == "$schema" || _asked.Contains(k)), "A known key is never read.");

    public string? Text(string key, string expected)
    {
        var node = Find(key);
        if (node is null || node.Kind == ConfigKind.String)
            return node?.Text;
        Wrong(node, $"{node.Quoted} is not a text", expected);
        return null;
    }

    public bool Flag(string key, bool otherwise)
    {
        var node = Find(key);
        if (node is null || node.Kind == ConfigKind.Boolean)
            return node is null ? otherwise : node.Text == "true";
        Wrong(node, $"{node.Quoted} is not a truth value", "true or false");
        return otherwise;
    }

    public int Number(string key, int otherwise, int min, int max) => (int)Number(key, (ulong)otherwise, (ulong)min, (ulong)max);

    public ulong Number(string key, ulong otherwise, ulong min, ulong max)
    {
        var node = Find(key);
        if (node is null)
            return otherwise;
        var range = $"a whole number from {min} to {max}";
        if (node.Kind != ConfigKind.Number || !ulong.TryParse(node.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            Wrong(node, $"{node.Quoted} is not a whole number", range);
        else if (value < min || value > max)
            Wrong(node, $"{value} is out of range", range);
        else
            return value;
        return otherwise;
    }

    /// <summary>A decimal number.</summary>
    public double Factor(string key, double otherwise, double min, double max)
    {
        var node = Find(key);
        if (node is null)
            return otherwise;
        var range = string.Create(CultureInfo.InvariantCulture, $"a number from {min} to {max}");
        if (node.Kind != ConfigKind.Number || !double.TryParse(node.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            Wrong(node, $"{node.Quoted} is not a number", range);
        else if (!(value >= min && value <= max))
            Wrong(node, $"{node.Quoted} is out of range", range);
        else
            return value;
        return otherwise;
    }

    /// <summary>One of the words of an enumeration, in lower case.</summary>
    public T Word<T>(string key, T otherwise, params (string Word, T Meaning)[] words)
    {
        var node = Find(key);
        if (node is null)
            return otherwise;
        foreach (var (word, meaning) in words)
        {
            if (node.Kind == ConfigKind.String && node.Text == word)
                return meaning;
        }
        var near = node.Kind == ConfigKind.String ? Nearest.To(node.Text, words.Select(w => w.Word)) : null;
        var known = string.Join(", ", words.Select(w => $"\"{w.Word}\""));
        Wrong(node, $"{node.Quoted} is not a word known here", near is null ? $"one of {known}" : $"\"{near}\" (of {known})");
        return otherwise;
    }

    public long Duration(string key, long otherwise, long minNs, long maxNs) =>
        Find(key) is { } node && TryDuration(node, minNs, maxNs, out var ns) ? ns : otherwise;

    public bool TryDuration(ConfigNode node, long minNs, long maxNs, out long ns)
    {
        ns = 0;
        var isNumberZero = node is { Kind: ConfigKind.Number, Text: "0" };
        if (!isNumberZero && (node.Kind != ConfigKind.String || !Quantities.TryParseDuration(node.Text, out ns)))
            return Wrong(node, $"{node.Quoted} is not a duration", Quantities.DurationForm);
        return ns >= minNs && ns <= maxNs || Wrong(node, $"{node.Quoted} is out of range",
            $"a duration from {Quantities.FormatDuration(minNs)} to {Quantities.FormatDuration(maxNs)}");
    }

    public long Size(string key, long otherwise, long min, long max)
    {
        var node = Find(key);
        if (node is null)
            return otherwise;
        if (node.Kind != ConfigKind.String || !Quantities.TryParseSize(node.Text, out var bytes))
            Wrong(node, $"{node.Quoted} is not a size", Quantities.SizeForm);
        else if (bytes < min || bytes > max)
            Wrong(node, $"{node.Quoted} is out of range", $"a size from {Quantities.FormatSize(min)} to {Quantities.FormatSize(max)}");
        else
            return bytes;
        return otherwise;
    }

    /// <summary>The elements of an array member; a mistake and nothing when it is something else.</summary>
    public IReadOnlyList<ConfigNode> List(string key, string expected)
    {
        var node = Find(key);
        if (node is null || node.Kind == ConfigKind.Array)
            return node?.Items ?? [];
        Wrong(node, $"{node.Quoted} is not an array", expected);
        return [];
    }

    /// <returns>Always false, so that a check can end with it.</returns>
    public bool Wrong(ConfigNode node, string message, string expected)
    {
        var where = node.Path.Length == 0 ? "" : $"{node.Path}: ";
        _mistakes.Add(new(node.Line, node.Column, node.Path, where + message, expected));
        return false;
    }

    private void Unknown(ConfigMember member)
    {
        var owner = _node!.Path.Length == 0 ? "the document" : _node.Path;
        var expected = Nearest.To(member.Key, _keys) is { } near
            ? $"\"{near}\", perhaps" : $"one of {string.Join(", ", _keys.Where(k => k[0] != '$').Select(k => $"\"{k}\""))}";
        _mistakes.Add(new(member.Line, member.Column, member.Value.Path,
            $"{owner} has an unknown key \"{ConfigNode.Shown(member.Key)}\"", expected));
    }
}
