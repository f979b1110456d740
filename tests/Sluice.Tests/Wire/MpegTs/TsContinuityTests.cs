using Sluice.Tests.Kit;
using Sluice.Wire.MpegTs;
using static Sluice.Wire.MpegTs.TsContinuityVerdict;

namespace Sluice.Tests.Wire.MpegTs;

/// <summary>ISO/IEC 13818-1 §2.4.3.3. A script is counters; p: no payload, d: discontinuity, e: transport error, n: null packet.</summary>
public class TsContinuityTests
{
    public static TheoryData<string, TsContinuityVerdict[]> Scripts => new()
    {
        { "5 6 7", [InOrder, InOrder, InOrder] },
        { "14 15 0 1", [InOrder, InOrder, InOrder, InOrder] },
        { "5 7 8", [InOrder, Error, InOrder] },
        { "5 6 6 7", [InOrder, InOrder, Duplicate, InOrder] },
        { "5 5 5 5 6", [InOrder, Duplicate, Error, Error, InOrder] },
        { "5 4", [InOrder, Error] },
        { "5 5p 5p 6", [InOrder, InOrder, InOrder, InOrder] },
        { "5 6p 6", [InOrder, Error, Duplicate] },
        { "5 5 5p 5", [InOrder, Duplicate, InOrder, Error] },
        { "5 9d 10", [InOrder, Announced, InOrder] },
        { "5 9pd 10", [InOrder, Announced, InOrder] },
        { "5 6d", [InOrder, InOrder] },
        { "5 9e 6", [InOrder, NotCounted, InOrder] },
        { "5 9n 1n 6", [InOrder, NotCounted, NotCounted, InOrder] },
    };

    [Theory, MemberData(nameof(Scripts))]
    public void Judges(string script, TsContinuityVerdict[] expected)
    {
        var continuity = new TsContinuity();
        var verdicts = script.Split(' ').Select(step => Receive(continuity, step)).ToList();
        Assert.Equal(expected, verdicts);
        Assert.Equal(expected.Count(v => v == Error), continuity.Errors);
        Assert.Equal(continuity.Errors, continuity.ErrorsOf(256));
    }

    [Fact]
    public void PidsDoNotDisturbEachOther()
    {
        var continuity = new TsContinuity();
        for (int counter = 0; counter < 40; counter++)
            for (ushort pid = 0; pid < TsPacket.NullPid; pid++)
                Assert.Equal(InOrder, Receive(continuity, $"{(counter + pid) % 16}", pid));
        Receive(continuity, "3", 0x1ffe);
        Assert.Equal((1L, 1u, 0u), (continuity.Errors, continuity.ErrorsOf(0x1ffe), continuity.ErrorsOf(256)));
    }

    [Fact]
    public void RestartForgetsCountersButNotErrors()
    {
        var continuity = new TsContinuity();
        foreach (string step in new[] { "1", "3" })
            Receive(continuity, step);
        continuity.Restart();
        Assert.Equal(InOrder, Receive(continuity, "9"));
        Assert.Equal(1, continuity.Errors);
    }

    [Fact]
    public void CountingAllocatesNothing()
    {
        var continuity = new TsContinuity();
        var bytes = new byte[TsPacket.Size];
        Assert.Equal(0, Allocations.Of(() =>
        {
            TsPacket.WriteHeader(bytes, 256, false, false, hasPayload: true, 3);
            if (TsPacket.TryParse(bytes, out var packet))
                continuity.Receive(packet);
        }));
    }

    private static TsContinuityVerdict Receive(TsContinuity continuity, string step, ushort pid = 256)
    {
        var bytes = new byte[TsPacket.Size];
        byte counter = byte.Parse(step.TrimEnd('p', 'd', 'e', 'n'), System.Globalization.CultureInfo.InvariantCulture);
        bool payload = !step.Contains('p', StringComparison.Ordinal);
        TsPacket.WriteHeader(bytes, step.EndsWith('n') ? TsPacket.NullPid : pid, false, hasAdaptationField: true, payload, counter);
        TsAdaptationField.Write(bytes, payload ? 1 : 183, discontinuity: step.EndsWith('d'));
        if (step.EndsWith('e'))
            bytes[1] |= 0x80;
        Assert.True(TsPacket.TryParse(bytes, out var packet));
        return continuity.Receive(packet);
    }
}
