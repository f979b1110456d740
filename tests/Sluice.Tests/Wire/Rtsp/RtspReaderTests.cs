using FsCheck;
using FsCheck.Fluent;
using System.Text;

namespace Sluice.Tests.Wire.Rtsp;

public class RtspReaderTests
{
    private const string Options = "OPTIONS rtsp://h/a RTSP/1.0\r\nCSeq: 1\r\n\r\n";
    private const string OptionsEvent = "Options rtsp://h/a [CSeq=1]";

    /// <summary>Bytes as text (Latin-1) and the events they mean.</summary>
    public static TheoryData<string, string[]> Cases => new()
    {
        { "", [] },
        { Options, [OptionsEvent] },
        { "\r\n\r\n" + Options + "\r\n" + Options, [OptionsEvent, OptionsEvent] },
        { Options + "$\u0000\u0000\u0003abc" + Options, [OptionsEvent, "frame 0 616263", OptionsEvent] },
        { "$\u0001\u0000\u0000$\u00FF\u0000\u0001$", ["frame 1 ", "frame 255 24"] },
        { "FROB * RTSP/1.0\r\n\r\n", ["Unknown *"] },
        { "play rtsp://h/a RTSP/1.0\r\n\r\n", ["Unknown rtsp://h/a"] },                         // methods are case-sensitive
        { "SET_PARAMETER rtsp://h/a RTSP/1.0\r\ncontent-LENGTH:\t5 \r\nX:\r\n\r\nhello" + Options,
            ["SetParameter rtsp://h/a [content-LENGTH=5] [X=] {hello}", OptionsEvent] },
        { "RTSP/1.0 200 OK\r\nCSeq: 4\r\n\r\n", ["200 OK [CSeq=4]"] },
        { "RTSP/1.0 404\r\n\r\nRTSP/1.0 454 \r\n\r\n", ["404 ", "454 "] },
        { "RTSP/1.0 2000 OK\r\n\r\n", ["error BadStartLine"] },
        { "RTSP/1.0 099 OK\r\n\r\n", ["error BadStartLine"] },
        { "PLAY rtsp://h/a RTSP/1.0\r\nCSeq: 2\r\nX: \u00E9\u0080\r\n\r\n", ["Play rtsp://h/a [CSeq=2] [X=\u00E9\u0080]"] },
        { "PLAY rtsp://h/a RTSP/2.0\r\nCSeq: 2\r\n\r\n", ["error UnsupportedVersion after Play rtsp://h/a [CSeq=2]"] },
        { "PLAY rtsp://h/a RTSP/one\r\nCSeq: 2\r\n\r\n", ["error BadStartLine"] },
        { "PLAY rtsp://h/a\r\n\r\n", ["error BadStartLine"] },
        { "PLAY  rtsp://h/a RTSP/1.0\r\n\r\n", ["error BadStartLine"] },
        { "PLAY rtsp://h/a RTSP/1.0 \r\n\r\n", ["error BadStartLine"] },
        { "PLAY rtsp://h/\u00E9 RTSP/1.0\r\n\r\n", ["error BadStartLine"] },
        { "PL(Y rtsp://h/a RTSP/1.0\r\n\r\n", ["error BadStartLine"] },
        { " PLAY rtsp://h/a RTSP/1.0\r\n\r\n", ["error BadStartLine"] },
        { "\n" + Options, ["error BadStartLine"] },
        { "\rX", ["error BadStartLine"] },
        { "\u0016\u0003\u0001\u0002\u0000\u0001", ["error TlsOnRtspPort"] },
        { "GET / HTTP/1.1\r\nHost: h\r\n\r\n", ["error HttpOnRtspPort"] },
        { "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ["error HttpOnRtspPort"] },
        { "PLAY rtsp://h/a RTSP/1.0\nCSeq: 1\n\n", ["error BareLineFeed"] },
        { "PLAY rtsp://h/a RTSP/1.0\r\nCSeq: 1\n\r\n", ["error BareLineFeed"] },
        { "PLAY rtsp://h/a RTSP/1.0\rCSeq: 1\r\n\r\n", ["error BareCarriageReturn"] },
        { "PLAY rtsp://h/a RTSP/1.0\r\r\n\r\n", ["error BareCarriageReturn"] },
        { "PLAY rtsp://h/a RTSP/1.0\r\nX: a\r\n b\r\n\r\n", ["error FoldedLine"] },
        { "PLAY rtsp://h/a RTSP/1.0\r\nX: a\r\n\tb\r\n\r\n", ["error FoldedLine"] },
        { "PLAY rtsp://h/a RTSP/1.0\r\nX: \u0000\r\n\r\n", ["error ForbiddenByte"] },
        { "PLAY rtsp://h/a RTSP/1.0\r\nX: \u001B[31m\r\n\r\n", ["error ForbiddenByte"] },
        { "PLAY rtsp://h/a RTSP/1.0\r\nX: \u007F\r\n\r\n", ["error ForbiddenByte"] },
        { "PLAY rtsp://h/a RTSP/1.0\r\nCSeq 1\r\n\r\n", ["error BadHeader"] },
        { "PLAY rtsp://h/a RTSP/1.0\r\nCSeq : 1\r\n\r\n", ["error BadHeader"] },
        { "PLAY rtsp://h/a RTSP/1.0\r\n: 1\r\n\r\n", ["error BadHeader"] },
    };

    [Theory, MemberData(nameof(Cases))]
    public void ReadsTheSameHoweverTheBytesAreCut(string text, string[] expected)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        Assert.Equal(expected, RtspEvents.Whole(bytes));
        foreach (var separateCalls in (bool[])[false, true])
        {
            Assert.Equal(expected, RtspEvents.Chunked(bytes, 1, separateCalls));
            for (var cut = 1; cut < bytes.Length; cut++)
                Assert.Equal(expected, RtspEvents.Read([bytes[..cut], bytes[cut..]], separateCalls));
        }
    }

    [Theory]
    [InlineData("2147483647", "error BodyTooLarge")]
    [InlineData("18446744073709551616", "error BodyTooLarge")]
    [InlineData("65537", "error BodyTooLarge")]
    [InlineData("99999999999999999999999999999999999999", "error BodyTooLarge")]
    [InlineData("-1", "error BadContentLength")]
    [InlineData("+5", "error BadContentLength")]
    [InlineData("5,5", "error BadContentLength")]
    [InlineData("5, 5", "error BadContentLength")]
    [InlineData("5 5", "error BadContentLength")]
    [InlineData("", "error BadContentLength")]
    [InlineData("0x5", "error BadContentLength")]
    [InlineData("5\r\nContent-Length: 5", "error BadContentLength")]
    [InlineData("5\r\ncontent-length: 6", "error BadContentLength")]
    public void RefusesBadContentLength(string value, string expected)
    {
        var bytes = Encoding.Latin1.GetBytes($"GET_PARAMETER rtsp://h/a RTSP/1.0\r\nCSeq: 7\r\nContent-Length: {value}\r\n\r\nhello");
        Assert.StartsWith(expected + " after GetParameter rtsp://h/a [CSeq=7]", Assert.Single(RtspEvents.Whole(bytes)), StringComparison.Ordinal);
        Assert.Equal(RtspEvents.Whole(bytes), RtspEvents.Chunked(bytes, 1, separateCalls: true));
    }

    /// <summary>Each limit of RtspLimits: the last size that passes and the first that does not.</summary>
    [Theory]
    [InlineData(8192, 0, 0, 0, null)]
    [InlineData(8193, 0, 0, 0, "error StartLineTooLong")]
    [InlineData(100, 8192, 1, 0, null)]
    [InlineData(100, 8193, 1, 0, "error HeaderLineTooLong")]
    [InlineData(100, 100, 64, 0, null)]
    [InlineData(100, 100, 65, 0, "error TooManyHeaders")]
    [InlineData(4096 - 4, 4096 - 2, 3, 1, null)]               // 16 KiB to the byte with the CRLFs and a body behind
    [InlineData(4096 - 3, 4096 - 2, 3, 0, "error HeadTooLong")]
    [InlineData(100, 100, 1, 65536, null)]
    [InlineData(100, 100, 1, 65537, "error BodyTooLarge")]
    public void HoldsTheLimits(int startLine, int headerLine, int headers, int body, string? error)
    {
        var text = new StringBuilder("PLAY rtsp://h/").Append('a', startLine - 23).Append(" RTSP/1.0\r\n");
        for (var i = 0; i < headers; i++)
        {
            var start = i == 0 && body > 0 ? $"Content-Length: {body}" : "X: ";
            text.Append(start).Append(i == 0 && body > 0 ? ' ' : 'x', headerLine - start.Length).Append("\r\n");
        }
        var bytes = Encoding.Latin1.GetBytes(text.Append("\r\n").Append('b', body).ToString());
        foreach (var size in (int[])[bytes.Length, 1000, 1])
        {
            var told = Assert.Single(RtspEvents.Chunked(bytes, size, separateCalls: size != 1));
            Assert.StartsWith(error ?? "Play ", told, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ReadsOnAfterALargeBodyInPieces()
    {
        var body = new string('b', 60_000);
        var bytes = Encoding.Latin1.GetBytes($"ANNOUNCE rtsp://h/a RTSP/1.0\r\nContent-Length: {body.Length}\r\n\r\n{body}{Options}");
        var events = RtspEvents.Chunked(bytes, 997, separateCalls: true);
        Assert.Equal([$"Announce rtsp://h/a [Content-Length=60000] {{{body}}}", OptionsEvent], events);
    }

    [Fact]
    public void ReadsDamagedStreamsWithoutThrowAndTheSameInEveryCut()
    {
        byte[][] seeds = [.. Cases.Select(row => Encoding.Latin1.GetBytes((string)row[0]))];
        for (var seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            var bytes = Mutator.Damage([.. seeds[random.Next(seeds.Length)], .. seeds[random.Next(seeds.Length)]], random);
            var whole = RtspEvents.Whole(bytes);
            var cut = RtspEvents.Chunked(bytes, random.Next(1, 9), separateCalls: random.Next(2) == 0);
            Assert.True(whole.SequenceEqual(cut), $"seed {seed}: {Convert.ToHexString(bytes)}");
        }
    }

    [Fact]
    public void ReadsAnyBytesWithoutThrow() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<byte[]>(),
            bytes => RtspEvents.Whole(bytes).SequenceEqual(RtspEvents.Chunked(bytes, 1, separateCalls: true)))
            .QuickCheckThrowOnFailure();
}
