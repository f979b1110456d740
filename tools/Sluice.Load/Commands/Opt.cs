using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Sluice.Load.Commands;

/// <summary>Options whose values are checked while the line is read, so that every mistake is told before anything starts.</summary>
internal static class Opt
{
    public static Option<int> Int(string name, int otherwise, int min, int max, string description) =>
        Parsed(name, otherwise, description, $"a number from {min} to {max}",
            (string text, out int value) =>
                int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && value >= min && value <= max);

    public static Option<long?> Time(string name, string description) =>
        Parsed<long?>(name, null, description, "a time such as 10s or 500ms", (string text, out long? ns) =>
        {
            var valid = Quantity.TryTime(text, out var value);
            ns = value;
            return valid;
        });

    public static Option<double> Rate(string name, double otherwise, string description) =>
        Parsed(name, otherwise, description, "a rate such as 5M or 800k, or max", (string text, out double rate) => Quantity.TryRate(text, out rate));

    public static Option<double?> Part(string name, string description) =>
        Parsed<double?>(name, null, description, "a part such as 1% or 0.01", (string text, out double? part) =>
        {
            var valid = Quantity.TryPart(text, out var value);
            part = value;
            return valid;
        });

    public static Option<double?> Number(string name, string description) =>
        Parsed<double?>(name, null, description, "a number of 0 or more", (string text, out double? number) =>
        {
            var valid = double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value);
            number = value;
            return valid;
        });

    /// <summary>Instants from the start, one or several with commas, ascending.</summary>
    public static Option<long[]> Times(string name, string description) =>
        Parsed<long[]>(name, [], description, "times such as 5s,10s", (string text, out long[] times) =>
        {
            var parts = text.Split(',');
            times = new long[parts.Length];
            for (var i = 0; i < parts.Length; i++)
                if (!Quantity.TryTime(parts[i], out times[i])) return false;
            Array.Sort(times);
            return true;
        });

    public static Option<string?> Text(string name, string description) => new(name) { Description = description };

    public static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    public delegate bool Reader<T>(string text, out T value);

    public static Option<T> Parsed<T>(string name, T otherwise, string description, string expected, Reader<T> read) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => otherwise,
        CustomParser = result => Read(result, $"{name} needs {expected}.", read, otherwise),
    };

    public static T Read<T>(ArgumentResult result, string complaint, Reader<T> read, T otherwise)
    {
        if (result.Tokens is [var token] && read(token.Value, out var value)) return value;
        result.AddError(complaint);
        return otherwise;
    }
}
