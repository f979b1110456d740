using Sluice.Linux;
using Sluice.Scenarios.Runner;
using Sluice.Scenarios.Scenarios;

// sluice-scenarios list | run NAME… [--quick|--full] [--out DIR] [--sluice FILE]
Scenario[] all =
[
    new BareLoops(), new EngineVsBare(), new NullSink(), new WheelCost(), new RingCost(), new FanOutCost(), new DepartureError(), new Bursts(),
    new Peers(), new Steered(new Peers()), new Steered(new EngineVsBare()), new Saturation(), new Start(), new BusyControl(),
    new StoreAppend(), new StoreOnOff(), new StoreRecovery(), new OffsetError(), new OwnOffsets(), new ColdReader(), new Steady(),
];

if (args is ["list"])
{
    foreach (var scenario in all)
        Console.WriteLine($"{scenario.Name,-18} {scenario.Summary}");
    return 0;
}
if (args is ["child", .. var childArguments])
    return Child.Run(childArguments);
if (args is not ["run", ..])
{
    Console.Error.WriteLine("usage: sluice-scenarios list | run NAME… [--quick|--full] [--out DIR] [--sluice FILE]      (NAME all: every one)");
    return 2;
}

var names = new List<string>();
using var native = new Native();
var cores = ThreadControl.AvailableCores();
var options = new RunOptions
{
    Command = "sluice-scenarios " + string.Join(' ', args), Native = native, EngineCore = cores[0], OtherCore = cores[^1],
};
for (var i = 1; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--quick":
            break;
        case "--full":
            options = options with { Full = true };
            break;
        case "--out" when i + 1 < args.Length:
            options = options with { OutFolder = args[++i] };
            break;
        case "--sluice" when i + 1 < args.Length:
            options = options with { SluicePath = args[++i] };
            break;
        default:
            names.Add(args[i]);
            break;
    }
}
var chosen = names is ["all"] ? all : [.. all.Where(scenario => names.Contains(scenario.Name))];
if (chosen.Length == 0 || (names is not ["all"] && chosen.Length != names.Count))
{
    Console.Error.WriteLine($"no such scenario among: {string.Join(' ', names)} (sluice-scenarios list names them)");
    return 2;
}

var machine = MachineFacts.Read();
var commit = MachineFacts.Commit();
Console.WriteLine($"{machine.Cpu}, {machine.Cores} cores, Linux {machine.Kernel}; commit {commit}; C by cc {Native.Flags}; C# by Native AOT");
Console.WriteLine($"engine on core {options.EngineCore}, source and receivers on core {options.OtherCore}; medians of {options.Rounds} rounds in turn");
Directory.CreateDirectory(options.OutFolder);
foreach (var scenario in chosen)
{
    Table.Head(scenario.Name, scenario.Summary);
    var findings = new Findings();
    try
    {
        var before = Yardstick.Measure(options.EngineCore);
        scenario.Run(options, findings);
        Yardstick.Add(findings, before, Yardstick.Measure(options.EngineCore));
    }
    catch (InvalidOperationException problem)
    {
        Console.Error.WriteLine($"{scenario.Name}: {problem.Message}");
        return 1;
    }
    var now = SystemClock.WallNow.ToDateTimeOffset();
    var report = new Report(
        scenario.Name, now.ToString("yyyy-MM-ddTHH:mm:ssZ", null), commit, machine, options.Command, findings.Rows, findings.Series);
    ReportJson.Write(Path.Combine(options.OutFolder, $"{scenario.Name}.json"), report);
}
return 0;
