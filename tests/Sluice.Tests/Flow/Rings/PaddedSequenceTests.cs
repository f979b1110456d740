using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Sluice.Flow;

namespace Sluice.Tests.Flow.Rings;

public class PaddedSequenceTests
{
    [Fact]
    public void StandsAloneOnItsPairOfCacheLines()
    {
        var pair = new PaddedSequence[2];
        Assert.Equal(256, Unsafe.SizeOf<PaddedSequence>());
        Assert.Equal(128, (long)Marshal.OffsetOf<PaddedSequence>(nameof(PaddedSequence.Value)));
        Assert.Equal(256, (long)Unsafe.ByteOffset(ref pair[0].Value, ref pair[1].Value));
    }
}
