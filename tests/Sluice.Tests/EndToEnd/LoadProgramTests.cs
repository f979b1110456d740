using Sluice.Load.Reporting;
using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Processes;
using Xunit.Abstractions;

namespace Sluice.Tests.EndToEnd;

/// <summary>The published load generator against the published engine, as somebody who has both uses them in CI.</summary>
[Collection(QuietMachine.Name)]
public class LoadProgramTests(ITestOutputHelper output)
{
    private const int Clients = 20;
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(40);

    [Theory]
    [InlineData("0%", 0)]
    [InlineData("5%", 1)]
    public async Task EndsWithTheVerdictOnTheBoundThatWasStated(string lossAtTheSource, int verdict)
    {
        var program = Path.Combine(TestFolder.Repository, "out", "sluice-load");
        await using var engine = await EngineRig.StartAsync(new EnginePlan());
        await using var sender = ChildProcess.Start(
            program, ["send", $"127.0.0.1:{engine.SourcePort}", "--rate", "5M", "--duration", "30s", "--loss", lossAtTheSource]);
        var report = Path.Combine(TestFolder.Root, $"load-{verdict}.json");
        await using var receiver = ChildProcess.Start(
            program, ["receive", engine.RtspUrl, "--clients", $"{Clients}", "--duration", "4s", "--max-loss", "1%", "--json", report]);

        Assert.Equal(verdict, await receiver.WaitForExitAsync(s_bound));
        var got = LoadJson.Parse(await File.ReadAllTextAsync(report))!;
        output.WriteLine(Summary.Of(got));
        Assert.Equal((0, 0L), (got.Totals.SilentClients, got.Totals.Corrupt));
        Assert.Equal(verdict, got.Broken.Count);
        Assert.InRange(got.Totals.Packets, Clients * 1_000, Clients * 2_500);
    }
}
