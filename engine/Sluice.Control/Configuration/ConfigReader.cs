using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Sluice.Control.Configuration;

/// <summary>
/// Text to nodes: JSON (RFC 8259) with comments and trailing commas, every node with line and column.
/// Pure: bytes in, a tree or one mistake out (after a syntax error nothing that follows can be trusted).
/// </summary>
internal sealed class ConfigReader
{
    /// <summary>No setting lies deeper than six levels; a document that does is an accident or an attack.</summary>
    public const int DepthMax = 32;

    private readonly byte[] _text;
    private readonly List<int> _lineStarts = [0];
    private readonly List<ConfigMistake> _mistakes;

    private ConfigReader(ReadOnlySpan<byte> text, List<ConfigMistake> mistakes)
    {
        _text = text.ToArray();
        _mistakes = mistakes;
        for (var i = 0; i < _text.Length; i++)
        {
            if (_text[i] == (byte)'\n')
                _lineStarts.Add(i + 1);
        }
    }

    public static bool TryRead(ReadOnlySpan<byte> text, List<ConfigMistake> mistakes, [NotNullWhen(true)] out ConfigNode? root)
    {
        var bom = Encoding.UTF8.Preamble;
        return new ConfigReader(text.StartsWith(bom) ? text[bom.Length..] : text, mistakes).TryReadDocument(out root);
    }

    private bool TryReadDocument([NotNullWhen(true)] out ConfigNode? root)
    {
        root = null;
        if (!Utf8.IsValid(_text))
        {
            _mistakes.Add(new(1, 1, "", "the file is not UTF-8 text", "JSON in UTF-8"));
            return false;
        }
        var json = new Utf8JsonReader(_text, new JsonReaderOptions
        {
            CommentHandling = JsonCommentHandling.Skip,
            AllowTrailingCommas = true,
            MaxDepth = DepthMax,
        });
        try
        {
            json.Read();
            root = ReadValue(ref json, "");
            while (json.Read())
            {
            }
            return true;
        }
        catch (JsonException e)
        {
            // The only way Utf8JsonReader reports a syntax error. Its line and byte are 0-based.
            var line = (int)Math.Min(e.LineNumber ?? 0, _lineStarts.Count - 1);
            AddSyntax(_lineStarts[line] + (int)(e.BytePositionInLine ?? 0), Sentence(e.Message));
        }
        catch (InvalidOperationException)
        {
            // GetString on an escape that is half a surrogate pair.
            AddSyntax((int)json.TokenStartIndex, "the string has an escape that is not a character");
        }
        root = null;
        return false;
    }

    private void AddSyntax(int offset, string message)
    {
        var (line, column) = PlaceOf(offset);
        _mistakes.Add(new(line, column, "", message, "JSON (comments and trailing commas are welcome)"));
    }

    private ConfigNode ReadValue(ref Utf8JsonReader json, string path)
    {
        var (line, column) = PlaceOf((int)json.TokenStartIndex);
        ConfigNode Scalar(ConfigKind kind, string text) => new(kind, line, column, path, text);
        switch (json.TokenType)
        {
            case JsonTokenType.StartObject:
                return ReadObject(ref json, Scalar(ConfigKind.Object, ""));
            case JsonTokenType.StartArray:
                return ReadArray(ref json, Scalar(ConfigKind.Array, ""));
            case JsonTokenType.String:
                return Scalar(ConfigKind.String, json.GetString()!);
            case JsonTokenType.Number:
                return Scalar(ConfigKind.Number, Encoding.UTF8.GetString(json.ValueSpan));
            case JsonTokenType.Null:
                return Scalar(ConfigKind.Null, "null");
            default:
                return Scalar(ConfigKind.Boolean, json.TokenType == JsonTokenType.True ? "true" : "false");
        }
    }

    private ConfigNode ReadObject(ref Utf8JsonReader json, ConfigNode node)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var (line, column) = PlaceOf((int)json.TokenStartIndex);
            var key = json.GetString()!;
            json.Read();
            var shown = ConfigNode.Shown(key);
            var value = ReadValue(ref json, node.Path.Length == 0 ? shown : $"{node.Path}.{shown}");
            var first = node.Members.Find(m => m.Key == key);
            if (first is null)
                node.Members.Add(new(key, line, column, value));
            else
                _mistakes.Add(new(line, column, value.Path, $"the key \"{shown}\" is given twice",
                    $"it once (line {first.Line} has it already)"));
        }
        return node;
    }

    private ConfigNode ReadArray(ref Utf8JsonReader json, ConfigNode node)
    {
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
            node.Items.Add(ReadValue(ref json, $"{node.Path}[{node.Items.Count}]"));
        return node;
    }

    private (int Line, int Column) PlaceOf(int offset)
    {
        offset = Math.Min(offset, _text.Length);
        var found = _lineStarts.BinarySearch(offset);
        var line = found >= 0 ? found : ~found - 1;
        var column = Encoding.UTF8.GetCharCount(_text.AsSpan(_lineStarts[line], offset - _lineStarts[line]));
        return (line + 1, column + 1);
    }

    // "'}' is invalid … LineNumber: 3 | BytePositionInLine: 5." -> the first sentence, in our tone.
    private static string Sentence(string message)
    {
        var end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        var text = (end < 0 ? message : message[..end]).TrimEnd('.', ' ');
        return "not JSON: " + ConfigNode.Shown(text);
    }
}
