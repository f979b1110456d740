using Sluice.Control;
using Sluice.Linux;

namespace Sluice.Tests.Control;

public class ClientLifeTests
{
    private const long SecondNs = 1_000_000_000;
    private static readonly MonotonicTime s_now = new(1_000 * SecondNs);

    [Theory]
    [InlineData(true, null, true)]
    [InlineData(false, null, false)]       // somebody configured it: it stays
    [InlineData(false, 30L, true)]
    public void AByeEndsWhatMayEnd(bool isSession, long? timeoutSeconds, bool ends)
    {
        Assert.Equal(ends, ClientLife.HasEnded(isSession, saidBye: true, timeoutSeconds * SecondNs, s_now, s_now));
        Assert.False(ClientLife.HasEnded(isSession, saidBye: false, timeoutSeconds * SecondNs, s_now, s_now));
    }

    [Theory]
    [InlineData(30L, 30, false)]
    [InlineData(30L, 31, true)]
    [InlineData(30L, null, false)]         // never heard: not every receiver reports
    [InlineData(null, 900, false)]
    public void SilenceEndsOnlyWhatOnceReportedAndHasATimeout(long? timeoutSeconds, int? heardSecondsAgo, bool ends)
    {
        MonotonicTime? heard = heardSecondsAgo is { } ago ? s_now + -ago * SecondNs : null;
        Assert.Equal(ends, ClientLife.HasEnded(isSession: false, saidBye: false, timeoutSeconds * SecondNs, heard, s_now));
    }
}
