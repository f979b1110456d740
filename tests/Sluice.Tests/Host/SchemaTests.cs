using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sluice.Control.Configuration;
using Sluice.Tests.Control.Configuration;

namespace Sluice.Tests.Host;

/// <summary>The shipped JSON schema and the reader of the configuration say the same.</summary>
public sealed class SchemaTests
{
    private static readonly JsonObject s_schema = JsonNode.Parse(Sluice.Host.Resources.Schema)!.AsObject();

    public static TheoryData<string, IReadOnlyList<string>> Objects => new()
    {
        { "", ConfigKeys.Root }, { "rtsp", ConfigKeys.Listener }, { "http", ConfigKeys.Http }, { "relay", ConfigKeys.Relay }, { "admin", ConfigKeys.Listener },
        { "store", ConfigKeys.Store }, { "keep", ConfigKeys.Keep }, { "assets", ConfigKeys.Assets },
        { "limits", ConfigKeys.Limits }, { "channel", ConfigKeys.Channel }, { "media", ConfigKeys.Media },
        { "delay", ConfigKeys.Delay }, { "output", ConfigKeys.Output }, { "loop", ConfigKeys.Loop },
        { "sap", ConfigKeys.Sap }, { "channelSap", ConfigKeys.ChannelSap },
        { "auth", ConfigKeys.Auth }, { "user", ConfigKeys.User }, { "rtsps", ConfigKeys.TlsListener }, { "redirect", ConfigKeys.Redirect },
    };

    [Theory, MemberData(nameof(Objects))]
    public void HasTheReadersKeysAndNoOthers(string definition, IReadOnlyList<string> keys)
    {
        var schema = definition.Length == 0 ? s_schema : s_schema["$defs"]![definition]!.AsObject();

        Assert.Equal(keys.Order(), schema["properties"]!.AsObject().Select(p => p.Key).Order());
        Assert.False((bool)schema["additionalProperties"]!);
    }

    [Fact]
    public void DescribesEveryProperty()
    {
        foreach (var (name, property) in Properties(s_schema))
            Assert.True(Resolve(property.AsObject())["description"] is not null || property["description"] is not null, $"{name} has no description");
    }

    [Fact]
    public void TakesTheFullSampleAsTheReaderDoes()
    {
        Assert.True(ConfigParser.Parse(SampleConfig.Full).IsValid);
        Assert.Null(Validate(Parse(SampleConfig.Full), s_schema, "$"));
    }

    [Fact]
    public void GivesTheDefaultsThatTheReaderFillsIn()
    {
        var limits = s_schema["$defs"]!["limits"]!["properties"]!;
        var defaults = new LimitsConfig();
        Assert.Equal(defaults.Clients, (int)limits["clients"]!["default"]!);
        Assert.Equal(defaults.RtspSessions, (int)limits["rtspSessions"]!["default"]!);
        Assert.Equal(defaults.HttpViewers, (int)limits["httpViewers"]!["default"]!);
        Assert.Equal(Quantities.FormatSize(new StreamConfig().BufferBytes), (string)s_schema["$defs"]!["http"]!["properties"]!["buffer"]!["default"]!);
        Assert.Equal(defaults.ConnectionsPerAddress, (int)limits["connectionsPerAddress"]!["default"]!);
        Assert.Equal(Quantities.FormatDuration(defaults.DelayNs), (string)limits["delay"]!["default"]!);
        Assert.Equal($"{new EngineConfig().Admin}", (string)s_schema["$defs"]!["admin"]!["properties"]!["listen"]!["default"]!);
        Assert.Equal(Quantities.FormatDuration(new DelayConfig().RangeNs), (string)s_schema["$defs"]!["delay"]!["properties"]!["range"]!["default"]!);
    }

    [Theory]
    [InlineData("""{ "channels": { "a": { "sources": [ "rtp://@:1" ], "quantam": 0 } } }""")]
    [InlineData("""{ "channels": { "a": { "sources": [ ] } } }""")]
    [InlineData("""{ "channels": { "a b": { "sources": [ "rtp://@:1" ] } } }""")]
    [InlineData("""{ "channels": { "a": { "sources": [ "http://@:1" ] } } }""")]
    [InlineData("""{ "channels": { "a": { "sources": [ "rtp://@:1" ], "delay": "5 s" } } }""")]
    [InlineData("""{ "channels": { "a": { "sources": [ "rtp://@:1" ], "pace": "rpt" } } }""")]
    [InlineData("""{ "channels": { "a": { "sources": [ "rtp://@:1" ], "outputs": [ { "ttl": 3 } ] } } }""")]
    [InlineData("""{ "relay": { }, "channels": { "a": { "sources": [ "rtp://@:1" ] } } }""")]
    [InlineData("""{ "relay": { "groups": [ ] }, "channels": { "a": { "sources": [ "rtp://@:1" ] } } }""")]
    [InlineData("""{ "relay": { "groups": [ "239.1.2.3" ] }, "channels": { "a": { "sources": [ "rtp://@:1" ] } } }""")]
    [InlineData("""{ "http": { "base": "ftp://x" }, "channels": { "a": { "sources": [ "rtp://@:1" ] } } }""")]
    [InlineData("""{ "channels": { } }""")]
    [InlineData("""{ }""")]
    public void RefusesWhatTheReaderRefuses(string text)
    {
        Assert.False(ConfigParser.Parse(text).IsValid);
        Assert.NotNull(Validate(Parse(text), s_schema, "$"));
    }

    private static JsonNode Parse(string text) => JsonNode.Parse(text, documentOptions: new()
    {
        CommentHandling = System.Text.Json.JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    })!;

    private static IEnumerable<(string Name, JsonNode Property)> Properties(JsonObject schema) =>
        schema.SelectMany(m => m.Key == "properties" ? m.Value!.AsObject().Select(p => (p.Key, p.Value!)).Concat(m.Value!.AsObject().SelectMany(p => Properties(p.Value!.AsObject())))
            : m.Value is JsonObject o ? Properties(o) : []);

    private static JsonObject Resolve(JsonObject schema) =>
        schema["$ref"] is { } r ? s_schema["$defs"]![((string)r!)["#/$defs/".Length..]]!.AsObject() : schema;

    // The keywords of draft 2020-12 that the schema uses, and a failure for any other: enough to hold it to the samples.
    private static string? Validate(JsonNode? value, JsonObject schema, string path)
    {
        foreach (var (keyword, rule) in schema)
        {
            var wrong = keyword switch
            {
                "$schema" or "title" or "description" or "default" or "examples" or "$defs" => null,
                "$ref" => Validate(value, Resolve(schema), path),
                "type" => HasType(value, (string)rule!) ? null : $"is no {rule}",
                "const" => JsonNode.DeepEquals(value, rule) ? null : $"is not {rule}",
                "enum" => rule!.AsArray().Any(w => JsonNode.DeepEquals(value, w)) ? null : "is no known word",
                "anyOf" => rule!.AsArray().Any(s => Validate(value, s!.AsObject(), path) is null) ? null : "matches nothing",
                "pattern" => value is not JsonValue v || !v.TryGetValue<string>(out var s) || Regex.IsMatch(s, (string)rule!) ? null : "does not match",
                "minimum" => (decimal)value! >= (decimal)rule! ? null : "is too small",
                "maximum" => (decimal)value! <= (decimal)rule! ? null : "is too large",
                "minLength" => ((string)value!).Length >= (int)rule! ? null : "is too short",
                "maxLength" => ((string)value!).Length <= (int)rule! ? null : "is too long",
                "minItems" => value!.AsArray().Count >= (int)rule! ? null : "has too few",
                "maxItems" => value!.AsArray().Count <= (int)rule! ? null : "has too many",
                "minProperties" => value!.AsObject().Count >= (int)rule! ? null : "has too few",
                "required" => rule!.AsArray().FirstOrDefault(k => !value!.AsObject().ContainsKey((string)k!)) is { } k ? $"lacks {k}" : null,
                "propertyNames" => value!.AsObject().Select(p => Validate(p.Key, rule!.AsObject(), path)).FirstOrDefault(w => w is not null),
                "properties" => value!.AsObject().Where(p => rule![p.Key] is not null)
                    .Select(p => Validate(p.Value, rule![p.Key]!.AsObject(), $"{path}.{p.Key}")).FirstOrDefault(w => w is not null),
                "additionalProperties" => value!.AsObject().Where(p => schema["properties"]?[p.Key] is null)
                    .Select(p => rule is JsonObject other ? Validate(p.Value, other, $"{path}.{p.Key}") : $"has {p.Key}").FirstOrDefault(w => w is not null),
                "items" => value!.AsArray().Select(i => Validate(i, rule!.AsObject(), path + "[]")).FirstOrDefault(w => w is not null),
                _ => throw new InvalidOperationException($"The test does not know the keyword {keyword}."),
            };
            if (wrong is not null)
                return $"{path} {wrong}";
        }
        return null;
    }

    private static bool HasType(JsonNode? value, string type) => value?.GetValueKind() switch
    {
        System.Text.Json.JsonValueKind.Object => type == "object",
        System.Text.Json.JsonValueKind.Array => type == "array",
        System.Text.Json.JsonValueKind.String => type == "string",
        System.Text.Json.JsonValueKind.Number => type is "integer" or "number",
        System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False => type == "boolean",
        _ => false,
    };
}
