using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sluice.Flow;

namespace Sluice.Tests.Flow.Rings;

public class PaddedCursorTests
{
    [Fact]
    public void StandsAloneOnItsCacheLines()
    {
        Assert.Equal(272, Unsafe.SizeOf<PaddedCursor>());
        Assert.Equal(128, (long)Marshal.OffsetOf<PaddedCursor>(nameof(PaddedCursor.Position)));
        Assert.Equal(136, (long)Marshal.OffsetOf<PaddedCursor>(nameof(PaddedCursor.OtherSeen)));
    }
}
