using Sluice.Linux;

namespace Sluice.Tests.Linux.Files;

public class OpenFileLimitTests
{
    [Fact]
    public void NeverLowersAndSaysWhatIsAllowed()
    {
        var now = OpenFileLimit.Raise(1);
        Assert.True(now > 1);
        Assert.Equal(now, OpenFileLimit.Raise(now));
    }

    [Fact]
    public void GrantsWhatIsWantedOrSaysLess()
    {
        var allowed = OpenFileLimit.Raise(4096);
        Assert.True(allowed > 0);
        Assert.Equal(allowed, OpenFileLimit.Raise(16));
    }
}
