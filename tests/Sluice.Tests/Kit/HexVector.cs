using System.Globalization;

namespace Sluice.Tests.Kit;

/// <summary>
/// One block of a commented hex file under tests/vectors: <c># comment</c>, <c>= name with fields=values</c>, then hex bytes.
/// </summary>
internal sealed record HexVector(string Name, byte[] Bytes)
{
    public static IReadOnlyList<HexVector> Load(string pathUnderVectors)
    {
        var vectors = new List<HexVector>();
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "vectors", pathUnderVectors)))
        {
            if (line.StartsWith("= ", StringComparison.Ordinal))
                vectors.Add(new HexVector(line[2..], []));
            else if (line.Length > 0 && line[0] != '#')
                vectors[^1] = vectors[^1] with { Bytes = [.. vectors[^1].Bytes, .. Convert.FromHexString(line.Replace(" ", "", StringComparison.Ordinal))] };
        }
        Assert.NotEmpty(vectors);
        return vectors;
    }

    /// <summary>The value of <c>field=value</c> in the name.</summary>
    public string Field(string field) =>
        Name.Split(' ').Single(word => word.StartsWith(field + "=", StringComparison.Ordinal))[(field.Length + 1)..];

    /// <summary>The same as a number, decimal or 0x hex.</summary>
    public uint Number(string field) => Field(field) is ['0', 'x', .. var hex]
        ? uint.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        : uint.Parse(Field(field), CultureInfo.InvariantCulture);
}
