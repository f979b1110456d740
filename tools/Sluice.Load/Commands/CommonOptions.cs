using System.CommandLine;

namespace Sluice.Load.Commands;

/// <summary>What both roles understand.</summary>
internal sealed class CommonOptions
{
    private readonly Option<int> _core = Opt.Int("--core", -1, 0, 1023, "Keep the measuring thread on this core.");
    private readonly Option<string?> _json = Opt.Text("--json", "Write the report as JSON to this file, or to standard output (-).");
    private readonly Option<bool> _perMs = Opt.Flag("--per-ms", "Put the packets of each millisecond into the report.");
    private readonly Option<bool> _quiet = Opt.Flag("--quiet", "No progress line and no summary.");

    public static CommonOptions AddTo(Command command)
    {
        var common = new CommonOptions();
        foreach (var option in (Option[])[common._core, common._json, common._perMs, common._quiet]) command.Options.Add(option);
        return common;
    }

    public static string CommandLine(ParseResult parsed) => $"sluice-load {string.Join(' ', parsed.Tokens)}";
    public int? Core(ParseResult parsed) => parsed.GetValue(_core) is >= 0 and var core ? core : null;
    public string? Json(ParseResult parsed) => parsed.GetValue(_json);
    public bool PerMs(ParseResult parsed) => parsed.GetValue(_perMs);
    public bool Quiet(ParseResult parsed) => parsed.GetValue(_quiet);
}
