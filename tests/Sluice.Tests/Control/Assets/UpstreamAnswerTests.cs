using Sluice.Control.Assets;

namespace Sluice.Tests.Control.Assets;

/// <summary>What is done with an upstream's answer, in every case that RFC 9110 §13 and §14 leave open to servers.</summary>
public class UpstreamAnswerTests
{
    private static readonly UpstreamHead s_known = new() { Status = 200, ETag = "\"a\"", LastModified = "Thu", RangeLength = 1_000 };

    public static TheoryData<string, UpstreamHead, long, UpstreamStep, long> Cases => new()
    {
        { "first, whole", new() { Status = 200, BodyLength = 1_000 }, 0, UpstreamStep.Take, 0 },
        { "first, of unknown length", new() { Status = 200 }, 0, UpstreamStep.Take, 0 },
        { "goes on", Part(400, 1_000, "\"a\""), 400, UpstreamStep.Take, 0 },
        { "goes on, a little before", Part(384, 1_000, "\"a\""), 400, UpstreamStep.Take, 16 },
        { "goes on behind us", Part(500, 1_000, "\"a\""), 400, UpstreamStep.GiveUp, 0 },
        { "a part without its place", new() { Status = 206, ETag = "\"a\"" }, 400, UpstreamStep.GiveUp, 0 },
        { "another object's part", Part(400, 1_000, "\"b\""), 400, UpstreamStep.Restart, 0 },
        { "another length", Part(400, 1_001, "\"a\""), 400, UpstreamStep.Restart, 0 },
        { "no ranges here", new() { Status = 200, BodyLength = 1_000, ETag = "\"a\"" }, 400, UpstreamStep.Take, 400 },
        { "changed: If-Range gave the whole", new() { Status = 200, BodyLength = 1_000, ETag = "\"b\"" }, 400, UpstreamStep.Restart, 0 },
        { "changed, and says nothing", new() { Status = 200, BodyLength = 1_000 }, 400, UpstreamStep.Restart, 0 },
        { "all is here", new() { Status = 416, RangeLength = 400 }, 400, UpstreamStep.Whole, 0 },
        { "shorter now", new() { Status = 416, RangeLength = 300 }, 400, UpstreamStep.Restart, 0 },
        { "busy", new() { Status = 503 }, 400, UpstreamStep.Retry, 0 },
        { "slow down", new() { Status = 429 }, 0, UpstreamStep.Retry, 0 },
        { "gone", new() { Status = 404 }, 400, UpstreamStep.GiveUp, 0 },
        { "packed", new() { Status = 200, BodyLength = 10, IsEncoded = true }, 0, UpstreamStep.GiveUp, 0 },
    };

    [Theory, MemberData(nameof(Cases))]
    public void IsTakenForWhatItIs(string what, UpstreamHead head, long offset, UpstreamStep step, long skip)
    {
        var decision = UpstreamDecision.Judge(head, offset, s_known);
        Assert.True((step, skip) == (decision.Step, decision.Skip), $"{what}: {decision}");
    }

    [Fact]
    public void WithoutValidatorsNothingIsGoneOnWith() =>
        Assert.Equal(UpstreamStep.Restart, UpstreamDecision.Judge(Part(400, 1_000, null), 400, known: null).Step);

    private static UpstreamHead Part(long from, long length, string? tag) => new() { Status = 206, RangeFrom = from, RangeLength = length, ETag = tag };
}
