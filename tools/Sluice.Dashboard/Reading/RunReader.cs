using System.Globalization;
using System.Text.Json;
using Sluice.Dashboard.Results;

namespace Sluice.Dashboard.Reading;

/// <summary>One folder of results. A file that cannot be read is named and left out: the others still count.</summary>
internal sealed class RunReader(string folder, Action<string> problem)
{
    /// <summary>What run-bench.sh says of the run as a whole.</summary>
    public const string RunFile = "run.json";

    private readonly List<ResultGroup> _groups = [];
    private Machine? _machine;
    private DateTimeOffset? _date;
    private string _commit = "";

    /// <summary>Null when the folder holds no figure.</summary>
    public StoredRun? Read()
    {
        var name = Path.GetFileName(folder);
        JsonElement run = default;
        foreach (var file in Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (!TryParse(file, out var root))
                continue;
            if (Path.GetFileName(file) == RunFile)
                run = root;
            else
                Take(file, root);
        }
        return _groups.Count == 0 ? null : new StoredRun
        {
            Name = name,
            Date = ScenarioReport.Date(run) ?? DateOfName(name) ?? _date ?? File.GetLastWriteTimeUtc(folder),
            Mode = run.Text("mode"),
            Commit = run.Text("commit", _commit),
            Flags = run.Text("flags"),
            Machine = run.Child("machine").ValueKind == JsonValueKind.Object ? ScenarioReport.Machine(run) : _machine ?? Machine.Unknown,
            Groups = MicroGoals.Apply(_groups),
        };
    }

    private bool TryParse(string file, out JsonElement root)
    {
        root = default;
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            root = document.RootElement.Clone();
            return true;
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            problem($"{Shown(file)}: not read: {error.Message}");
            return false;
        }
    }

    private void Take(string file, JsonElement root)
    {
        void Report(string text) => problem($"{Shown(file)}: {text}");
        if (MicroReport.Is(root))
            AddMicro(MicroReport.Read(root, Report), MicroReport.Machine(root));
        else if (ScenarioReport.Is(root))
        {
            _groups.Add(ScenarioReport.Read(root, Report));
            _machine ??= ScenarioReport.Machine(root);
            _date ??= ScenarioReport.Date(root);
            _commit = root.Text("commit", _commit);
        }
        else
            Report("neither a benchmark report nor a scenario");
    }

    // The ahead-of-time job may come as a second report of the same class.
    private void AddMicro(ResultGroup group, Machine machine)
    {
        _machine ??= machine;
        if (group.Measurements.Count == 0)
            return;
        var index = _groups.FindIndex(other => other.Kind == GroupKind.Micro && other.Name == group.Name);
        if (index < 0)
            _groups.Add(group);
        else
            _groups[index] = group with { Measurements = [.. _groups[index].Measurements.Concat(group.Measurements).DistinctBy(one => one.Name)] };
    }

    private string Shown(string file) => $"{Path.GetFileName(folder)}/{Path.GetRelativePath(folder, file)}";

    private static DateTimeOffset? DateOfName(string name) =>
        DateTimeOffset.TryParseExact(name, "yyyy-MM-dd'T'HH-mm-ss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)
            ? date : null;
}
