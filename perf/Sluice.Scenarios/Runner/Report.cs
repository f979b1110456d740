using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sluice.Scenarios.Runner;

/// <summary>The machine that a report was made on.</summary>
public sealed record Machine(string Cpu, int Cores, string Kernel);

/// <summary>One measured figure.</summary>
/// <param name="Name">What was measured, with the target's row of performance.md in front.</param>
/// <param name="Unit">ns, x (a ratio), packets/s, bytes.</param>
/// <param name="Value">The median of the rounds that count.</param>
/// <param name="Min">The smallest round.</param>
/// <param name="Max">The largest round.</param>
/// <param name="Rounds">How many rounds count; the first of each run was thrown away.</param>
/// <param name="Loss">Packets sent and not received over all rounds; null where nothing could be lost.</param>
/// <param name="Target">What performance.md asks for.</param>
/// <param name="Stretch">What it hopes for.</param>
/// <param name="Better">"lower" or "higher".</param>
/// <param name="Notes">Batch size, packets a message, who sat where; for a missed target the reason.</param>
public sealed record Row(
    string Name, string Unit, double Value, double Min, double Max, int Rounds, long? Loss, double? Target, double? Stretch, string Better, string Notes);

/// <summary>A curve: points of x and y.</summary>
public sealed record Series(string Name, string Unit, IReadOnlyList<double[]> Points);

/// <summary>What one scenario found, as it is written to its file.</summary>
public sealed record Report(
    string Scenario, string Date, string Commit, Machine Machine, string Command, IReadOnlyList<Row> Rows, IReadOnlyList<Series> Series);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Report))]
internal sealed partial class ReportJson : JsonSerializerContext
{
    public static void Write(string file, Report report) => File.WriteAllText(file, JsonSerializer.Serialize(report, Default.Report));

    public static Report Read(string file) => JsonSerializer.Deserialize(File.ReadAllText(file), Default.Report)!;
}
