namespace Sluice.Tests.Kit;

public class NetworkNamespaceTests
{
    [Fact]
    public void ThreadsAndProgramsRunInsideAndNothingStays()
    {
        string name;
        using (var near = new NetworkNamespace())
        using (var far = new NetworkNamespace())
        {
            name = near.Name;
            NetworkNamespace.Connect(near, "kit0", far, "kit1");
            Assert.Contains("kit0:", near.Run(() => File.ReadAllText("/proc/thread-self/net/dev")), StringComparison.Ordinal);
            Assert.DoesNotContain("kit0:", File.ReadAllText("/proc/thread-self/net/dev"), StringComparison.Ordinal);
            using var program = near.Start("cat", "/proc/net/dev");
            Assert.Contains("kit0:", program.StandardOutput.ReadToEnd(), StringComparison.Ordinal);
            program.WaitForExit();
            Assert.Throws<TimeoutException>(() => near.Run(() => throw new TimeoutException()));
        }
        Assert.False(File.Exists($"/run/netns/{name}"));
    }
}
