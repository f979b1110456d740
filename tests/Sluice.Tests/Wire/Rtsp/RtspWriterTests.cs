using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Sluice.Wire.Rtsp;
using Sluice.Wire.Rtsp.Headers;

namespace Sluice.Tests.Wire.Rtsp;

public class RtspWriterTests
{
    [Fact]
    public void WritesAResponseToTheLetter()
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = RtspWriter.Response(output, RtspStatus.Ok, new CSeqHeader(0));
        writer.Header(SessionHeader.Name, new SessionHeader("ab", 60).ToString());
        writer.EndWithBody("application/sdp", "v=0\r\n"u8);
        Assert.Equal(
            "RTSP/1.0 200 OK\r\nCSeq: 0\r\nSession: ab;timeout=60\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n",
            Encoding.ASCII.GetString(output.WrittenSpan));
    }

    [Fact]
    public void WritesARequestThatReadsBack()
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (var method in Enum.GetValues<RtspMethod>())
        {
            var writer = RtspWriter.Request(output, method, "rtsp://h:8554/a", new CSeqHeader((uint)method));
            writer.End();
        }
        var expected = Enum.GetValues<RtspMethod>().Select(method => $"{method} rtsp://h:8554/a [CSeq={(int)method}]");
        Assert.Equal(expected, RtspEvents.Whole(output.WrittenSpan));
    }

    [Fact]
    public void WritesFramesThatReadBack() => Prop.ForAll(
        ArbMap.Default.ArbFor<byte>(), ArbMap.Default.ArbFor<byte[]>(), (channel, payload) =>
        {
            var output = new ArrayBufferWriter<byte>();
            new InterleavedFrame(channel, payload).Write(output);
            return RtspEvents.Whole(output.WrittenSpan).SequenceEqual([$"frame {channel} {Convert.ToHexString(payload)}"]);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void NoValueStartsALineOfItsOwn() => Prop.ForAll(ArbMap.Default.ArbFor<string?>(), text =>
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = RtspWriter.Response(output, RtspStatus.NotFound, null);
        writer.Header("X"u8, (text ?? "") + "\r\nRTSP/1.0 200 OK\0\u001B\u202E");
        writer.End();
        var told = RtspEvents.Whole(output.WrittenSpan);
        return told.Count == 1 && told[0].StartsWith("404 Not Found [X=", StringComparison.Ordinal)
            && !output.WrittenSpan.ContainsAnyExceptInRange((byte)'\n', (byte)'~') && output.WrittenSpan.Count((byte)'\n') == 3;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void EveryStatusHasAReason() =>
        Assert.All(Enum.GetValues<RtspStatus>(), status => Assert.NotEqual("Unknown", status.Reason()));

    [Fact]
    public void EveryReadErrorIsAnsweredWithA4xxOr505() => Assert.All(
        Enum.GetValues<RtspReadError>().Where(error => error != RtspReadError.None),
        error => Assert.True(error.Status() is >= RtspStatus.BadRequest and < RtspStatus.InternalServerError or RtspStatus.VersionNotSupported));
}
