using FsCheck;
using FsCheck.Fluent;
using Sluice.Wire.Rtp;
using static Sluice.Wire.Rtp.RtpVerdict;

namespace Sluice.Tests.Wire.Rtp;

/// <summary>RFC 3550 A.1 and A.3 with scripted sequences.</summary>
public class RtpSourceValidatorTests
{
    public static TheoryData<string, int[], RtpVerdict[]> Scripts => new()
    {
        { "two in sequence", [10, 11, 12], [Probation, Accepted, Accepted] },
        { "probation starts again", [10, 12, 13, 14], [Probation, Probation, Accepted, Accepted] },
        { "wrap", [65_534, 65_535, 0, 1], [Probation, Accepted, Accepted, Accepted] },
        { "loss below the bound", [1, 2, 2 + 2999], [Probation, Accepted, Accepted] },
        { "jump at the bound, then its successor", [1, 2, 3002, 3003], [Probation, Accepted, Jump, Restarted] },
        { "jump alone is forgotten", [1, 2, 20_000, 3, 20_001], [Probation, Accepted, Jump, Accepted, Jump] },
        { "late packets do not cancel a jump", [1, 2, 3, 5, 20_000, 4, 20_001], [Probation, Accepted, Accepted, Accepted, Jump, Misordered, Restarted] },
        { "every other packet of another stream", [1, 2, 20_000, 20_002, 20_004], [Probation, Accepted, Jump, Jump, Jump] },
        { "late, then again", [1, 2, 5, 3, 3, 4, 5], [Probation, Accepted, Accepted, Misordered, Duplicate, Misordered, Duplicate] },
        { "late over the wrap", [65_533, 65_534, 1, 65_535, 0, 65_535], [Probation, Accepted, Accepted, Misordered, Misordered, Duplicate] },
        { "just within the misorder bound", [500, 501, 501 - 99], [Probation, Accepted, Misordered] },
        { "just outside of it", [500, 501, 501 - 100], [Probation, Accepted, Jump] },
        { "exactly 0x8000 away is no loss", [1, 2, 2 + 0x8000], [Probation, Accepted, Jump] },
        { "a slow source that starts anew", [40_000, 40_001, 7, 8, 9], [Probation, Accepted, Jump, Restarted, Accepted] },
        { "beyond the window nothing is remembered", [1, 2, 72, 73, 5, 5], [Probation, Accepted, Accepted, Accepted, Misordered, Misordered] },
    };

    [Theory, MemberData(nameof(Scripts))]
    public void Judges(string script, int[] sequence, RtpVerdict[] expected)
    {
        var validator = new RtpSourceValidator(RtpValidatorBounds.Rfc3550);
        var verdicts = new List<RtpVerdict>();
        foreach (int number in sequence)
            verdicts.Add(validator.Receive((ushort)number));
        Assert.True(expected.SequenceEqual(verdicts), $"{script}: {string.Join(' ', verdicts)}");
    }

    [Fact]
    public void HalfTheCircleAwayIsNeverTakenForLoss()
    {
        // Even the widest bounds do not take 0x8000 for loss.
        var validator = new RtpSourceValidator(new RtpValidatorBounds(32_767, 32_767, 1));
        Assert.Equal(Accepted, validator.Receive(0));
        Assert.Equal(Jump, validator.Receive(0x8000));
        Assert.Equal(0, validator.Lost);
    }

    [Fact]
    public void AcceptsAtOnceWhenNoSequenceIsAsked() =>
        Assert.Equal(Accepted, new RtpSourceValidator(new RtpValidatorBounds(3000, 100, 1)).Receive(9));

    [Fact]
    public void CountsExpectedLostAndFraction()
    {
        var validator = Fed(65_530, 65_531, 65_532, 2, 2, 65_535);
        Assert.Equal(7 + 1, validator.Expected);          // 65,531 … 2
        Assert.Equal(4, validator.Received);              // without the duplicate and the probation packet
        Assert.Equal(4, validator.Lost);
        Assert.Equal(65_536u + 2, validator.ExtendedHighest);
        Assert.Equal(128, validator.TakeFractionLost());
        Assert.Equal(0, validator.TakeFractionLost());
        validator.Receive(3);
        validator.Receive(7);
        Assert.Equal(3 * 256 / 5, validator.TakeFractionLost());
    }

    [Fact]
    public void LosingNearlyAllSaturatesTheFraction()
    {
        var validator = Fed(1, 2);
        validator.TakeFractionLost();
        validator.Receive(2001);
        Assert.Equal(255, validator.TakeFractionLost());
    }

    [Fact]
    public void RestartBeginsTheCountsAnew()
    {
        var validator = Fed(1, 2, 9, 30_000, 30_001, 30_002);
        Assert.Equal((2L, 0L), (validator.Expected, validator.Lost));
        Assert.Equal(30_002u, validator.ExtendedHighest);
    }

    // The model knows each packet's true 64-bit position: shuffled within 60 places, some dropped, some doubled.
    [Fact]
    public void AgreesWithASetOfPositionsSeen() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            long start = random.Next(65_536);
            var validator = Fed((int)start, (int)start + 1);
            var arrivals = Enumerable.Range(2, 400).Where(_ => random.Next(10) > 0)
                .SelectMany(n => Enumerable.Repeat(n, random.Next(10) == 0 ? 2 : 1))
                .OrderBy(n => n + random.Next(50)).ToList();
            var seen = new HashSet<long> { start + 1 };
            long highest = start + 1;
            foreach (int n in arrivals)
            {
                long position = start + n;
                var expected = !seen.Add(position) ? Duplicate : position > highest ? Accepted : Misordered;
                highest = Math.Max(highest, position);
                Assert.Equal(expected, validator.Receive((ushort)position));
                Assert.Equal((uint)highest, validator.ExtendedHighest);
            }
            Assert.Equal(seen.Count, validator.Received);
            Assert.Equal(highest - start, validator.Expected);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    [Theory]
    [InlineData(0, 100, 2)]
    [InlineData(32_768, 100, 2)]
    [InlineData(3000, 0, 2)]
    [InlineData(3000, 32_768, 2)]
    [InlineData(3000, 100, 0)]
    public void RefusesBoundsThatCannotWork(int dropout, int misorder, int sequential) =>
        Assert.ThrowsAny<ArgumentException>(() => new RtpSourceValidator(new RtpValidatorBounds(dropout, misorder, sequential)));

    [Theory]
    [InlineData(0, 3000)]
    [InlineData(30_000, 30_000)]
    [InlineData(1_000_000, 32_767)]
    public void DropoutBoundCoversOneSecondOfAFastStream(int packetsPerSecond, int expected) =>
        Assert.Equal(expected, RtpValidatorBounds.ForRate(packetsPerSecond).DropoutMax);

    private static RtpSourceValidator Fed(params int[] sequence)
    {
        var validator = new RtpSourceValidator(RtpValidatorBounds.Rfc3550);
        foreach (int number in sequence)
            validator.Receive((ushort)number);
        return validator;
    }
}
