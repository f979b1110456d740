using Sluice.Tests.Kit;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Processes;

namespace Sluice.Tests.EndToEnd.KitTests;

/// <summary>Children are waited for with bounds, told apart by output and exit code, and never outlive their test.</summary>
public class ProcessTests
{
    private static readonly TimeSpan s_bound = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task WaitsForALineAndForTheExitCode()
    {
        await using var child = ChildProcess.Start("sh", ["-c", "echo one; echo two >&2; exit 3"]);
        Assert.True((await child.WaitForLineAsync("two", t => t == "two", s_bound)).IsError);
        Assert.Equal(3, await child.WaitForExitAsync(s_bound));
    }

    [Fact]
    public async Task FailsWithTheTailWhenTheLineNeverComes()
    {
        await using var child = ChildProcess.Start("sh", ["-c", "echo something else"]);
        var failure = await Assert.ThrowsAsync<ChildProcessException>(() => child.WaitForLineAsync("ready", t => t == "ready", s_bound));
        Assert.Contains("something else", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReportsTheSignalThatEndedAChild()
    {
        await using var child = ChildProcess.Start("sleep", ["60"]);
        Assert.Equal(128 + Signals.Terminate, await child.StopAsync(Signals.Terminate, s_bound));
    }

    [Fact]
    public async Task DisposingKillsTheWholeGroup()
    {
        string grandchild;
        await using (var child = ChildProcess.Start("sh", ["-c", "sleep 60 & echo $!; wait"]))
            grandchild = (await child.WaitForLineAsync("pid", t => t.Length > 0, s_bound)).Text;
        await Eventually.TrueAsync("the grandchild's end", s_bound, () => !IsRunning(grandchild));
    }

    [Fact]
    public async Task RunsUnprivilegedInAHomeOfItsOwn()
    {
        await using var child = ChildProcess.Start("sh", ["-c", "id -u; touch $HOME/x && echo writable"], unprivileged: true);
        await child.WaitForLineAsync("writable", t => t == "writable", s_bound);
        Assert.DoesNotContain(child.Output.Snapshot(), l => l.Text == "0");
    }

    [Fact]
    public void PortsComeInFreePairsAndNeverTwice()
    {
        var ports = FreePorts.Pairs(200).SelectMany(p => new[] { p, p + 1 }).Append(FreePorts.One()).ToArray();
        Assert.Equal(ports.Length, ports.Distinct().Count());
        Assert.All(Enumerable.Range(0, 200), i => Assert.Equal(0, ports[2 * i] % 2));
    }

    // A zombie is dead; whoever reaps orphans here may take its time.
    private static bool IsRunning(string pid) =>
        File.Exists($"/proc/{pid}/stat") && !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
}
