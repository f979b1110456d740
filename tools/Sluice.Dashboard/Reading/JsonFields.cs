using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;

namespace Sluice.Dashboard.Reading;

/// <summary>Fields of JSON that other programs wrote: what is missing or of another kind is absent, never an exception.</summary>
internal static class JsonFields
{
    public static string Text(this JsonElement element, string name, string otherwise = "") =>
        element.TryGet(name, out var value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number ? value.ToString() : otherwise;

    /// <summary>A finite number, also one that stands in quotes; null for everything else.</summary>
    public static double? Number(this JsonElement element, string name) => element.TryGet(name, out var value) ? value.AsNumber() : null;

    public static double? AsNumber(this JsonElement value)
    {
        var parsed = value.ValueKind switch
        {
            JsonValueKind.Number => value.GetDouble(),
            JsonValueKind.String when double.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
            _ => double.NaN,
        };
        return double.IsFinite(parsed) ? parsed : null;
    }

    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) =>
        element.TryGet(name, out var value) && value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [];

    public static JsonElement Child(this JsonElement element, string name) => element.TryGet(name, out var value) ? value : default;

    private static bool TryGet(this JsonElement element, string name, [NotNullWhen(true)] out JsonElement value)
    {
        value = default;
        return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out value);
    }
}
