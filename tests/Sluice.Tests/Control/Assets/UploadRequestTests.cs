using Sluice.Control.Assets;

namespace Sluice.Tests.Control.Assets;

public class UploadRequestTests
{
    private static readonly string s_digest = UploadRequest.Format(new byte[32]);

    public static TheoryData<UploadHeaders, long?, long?, bool?> Good => new()
    {
        { new(100, null, null, null, null, null, null), null, 100, true },
        { new(null, null, null, null, null, null, null), null, null, true },
        { new(100, "bytes 0-99/1000", null, null, null, null, null), 0, 1_000, false },
        { new(100, "bytes 900-999/1000", null, null, null, null, null), 900, 1_000, true },
        { new(null, "bytes 100-199/*", null, null, null, null, null), 100, null, false },
        { new(100, "bytes 100-199/*", null, "?1", null, null, null), 100, 200, true },
        { new(100, null, "300", "?0", null, null, null), 300, null, false },
        { new(100, null, "300", "?1", null, null, null), 300, 400, true },
        { new(100, null, null, "?0", "5000", null, null), 0, 5_000, false },
        { new(100, null, "300", null, null, null, null), 300, null, null },
    };

    [Theory, MemberData(nameof(Good))]
    public void SaysWhichBytesItBrings(UploadHeaders headers, long? offset, long? length, bool? isLast)
    {
        Assert.Null(UploadRequest.Read(headers, out var request));
        Assert.Equal((offset, length, isLast), (request.Offset, request.Length, request.IsLast));
    }

    [Theory]
    [InlineData("bytes 5-4/10"), InlineData("bytes 0-10/10"), InlineData("bytes 0-9"), InlineData("items 0-9/10")]
    [InlineData("bytes */10"), InlineData("bytes -1-9/10")]
    [InlineData("bytes 0-8/10"), InlineData("bytes 0-99999999999999999999/*")]
    public void RefusesRangesThatAreNone(string range) => Assert.NotNull(UploadRequest.Read(new(10, range, null, null, null, null, null), out _));

    [Fact]
    public void RefusesWhatContradictsItself()
    {
        Assert.NotNull(UploadRequest.Read(new(10, "bytes 0-9/10", "0", null, null, null, null), out _));
        Assert.NotNull(UploadRequest.Read(new(10, null, "x", null, null, null, null), out _));
        Assert.NotNull(UploadRequest.Read(new(10, null, null, "true", null, null, null), out _));
        Assert.NotNull(UploadRequest.Read(new(10, null, null, null, null, "sha-256=abc", null), out _));
        Assert.NotNull(UploadRequest.Read(new(10, null, null, null, null, "sha-256=:AAAA:", null), out _));
    }

    /// <summary>RFC 9530 §2, §3: of the body, of the whole; for a whole in one body they are the same.</summary>
    [Fact]
    public void TellsTheDigestOfTheBodyFromThatOfTheWhole()
    {
        Assert.Null(UploadRequest.Read(new(10, null, null, null, null, null, $"sha-512=:AAAA:, {s_digest}"), out var whole));
        Assert.Equal((32, 32), (whole.Sha256?.Length, whole.BodySha256?.Length));
        Assert.Null(UploadRequest.Read(new(10, "bytes 0-9/20", null, null, null, null, s_digest), out var part));
        Assert.Equal((null, 32), (part.Sha256?.Length, part.BodySha256?.Length));
    }
}
