using Sluice.Linux;
using Sluice.Store;
using Sluice.Tests.Kit;
using Sluice.Wire.Pcap;

namespace Sluice.Tests.Store.Assets;

/// <summary>Captures as assets, told by what tshark says of the same files (tests/vectors/pcap/README.md).</summary>
public sealed class PcapAssetTests : IDisposable
{
    private const string RtpPayloads = "615AE47A3C061D7D0E3F433EC64759861E3CA7D786D35E1BD68CD7F95DC82ACB";
    private const string TsPayloads = "DB35808F6C8121AB83C8A4D23C74F36892029801979A6D09C3028CE709B0EDEA";
    private readonly TempStore _store = new();

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData("ffmpeg-lo-us.pcap", false), InlineData("ffmpeg-any-ns.pcap", false), InlineData("ffmpeg-lo-us.pcap", true)]
    public void TheRtpStreamHasItsTimesAndPayloads(string file, bool isSwapped)
    {
        var bytes = isSwapped ? Swapped(Vector(file)) : Vector(file);
        var records = Write(bytes, default, out var payloads, out var wrong);
        Assert.Null(wrong);
        Assert.Equal(RtpPayloads, PcrFile.Sha256(payloads));
        Assert.Equal(15, records.Count);
        Assert.Equal(0, records[0].DeliveryWallNs);
        Assert.Equal(Enumerable.Range(0, 15).Select(i => (ulong)i), records.Select(record => record.FeedSequence));
        Assert.True(records[0].Flags.HasFlag(RecordFlags.RandomAccess | RecordFlags.Discontinuity));
        Assert.InRange(records[^1].DeliveryWallNs, 1_500_000_000, 2_000_000_000);
        Assert.Equal(33, records[0].MarkerAndPayloadType & 0x7f);
    }

    [Fact]
    public void AnotherStreamIsNamedByItsPort()
    {
        var both = Write(Vector("ffmpeg-lo-us.pcap"), new FlowWish(Port: 39_004), out _, out _);
        Assert.Equal(15, both.Count);
        var none = Write(Vector("ffmpeg-lo-us.pcap"), new FlowWish(Port: 39_010), out _, out var wrong);
        Assert.Empty(none);
        Assert.Contains("no such stream", wrong, StringComparison.Ordinal);
    }

    [Fact]
    public void BareTransportStreamsAreFoundToo()
    {
        // The file without what is IPv4.
        var bytes = Only(Vector("ffmpeg-lo-us.pcap"), frame => frame[12] == 0x86);
        var records = Write(bytes, default, out var payloads, out var wrong);
        Assert.Null(wrong);
        Assert.Equal(18, records.Count);
        Assert.Equal(TsPayloads, PcrFile.Sha256(payloads));
    }

    [Fact]
    public void LateAndDoubledPacketsAreLeftOutAndComeBackInTheFile()
    {
        var frames = Frames(Vector("ffmpeg-lo-us.pcap"));
        (frames[3], frames[4]) = (frames[4], frames[3]);
        frames.Insert(8, frames[7]);
        var records = Write(Join(Vector("ffmpeg-lo-us.pcap"), frames), default, out _, out var wrong);
        Assert.Null(wrong);
        Assert.Equal(14, records.Count);
        Assert.Equal(14UL, records[^1].FeedSequence);
    }

    [Fact]
    public void ALengthThatIsNoneIsSaidWithItsPlace()
    {
        var bytes = Vector("ffmpeg-lo-us.pcap");
        bytes[24 + 10] = 0x7f;
        Write(bytes, default, out _, out var wrong);
        Assert.Contains("at byte 24", wrong, StringComparison.Ordinal);
    }

    [Fact]
    public void OtherMediaNeedsAName()
    {
        var bytes = Vector("ffmpeg-lo-us.pcap");
        foreach (var frame in Frames(bytes).Where(frame => frame[16 + 12] == 8))
            bytes.AsSpan().Slice(bytes.AsSpan().IndexOf(frame) + 16 + 14 + 28 + 12, 1)[0] = 0x65;     // no sync byte: H.264 it might be
        Assert.Empty(Write(Only(bytes, frame => frame[12] == 8), new FlowWish(Port: 39_004), out _, out var wrong));
        Assert.Contains("rtpmap", wrong, StringComparison.Ordinal);
        var media = new StoredMedia(0, 90_000, "H264");
        Assert.Equal(15, Write(bytes, new FlowWish(Port: 39_004, Media: media), out _, out _).Count);
        Assert.Equal(media with { PayloadType = 33 }, _media);
    }

    [Fact]
    public void NoCaptureHarmsAnything()
    {
        byte[][] examples = [Vector("ffmpeg-lo-us.pcap")[..6_000], Vector("ffmpeg-any-ns.pcap")[..6_000]];
        var sink = new Counting();
        AnyBytes.Check(examples, bytes =>
        {
            sink.Bytes = 0;
            var parser = new PcapAssetParser(default, sink);
            var wrong = parser.Take(bytes) ?? parser.End();
            Assert.True(wrong is not null || sink.Bytes == bytes.Length);
        }, cases: 5_000);
    }

    private StoredMedia _media;

    private List<RecordMeta> Write(byte[] bytes, FlowWish flow, out byte[] payloads, out string? wrong)
    {
        var options = _store.Options with { KeepsAll = true };
        (payloads, wrong) = ([], null);
        AssetWriter writer = null!;
        StoreProblem problem = default;
        Assert.True(SpinWait.SpinUntil(() => AssetWriter.TryOpen(options, "capture", flow, false, out writer, out problem), 10_000), problem.Message);
        using (writer)
        {
            var random = new Random(7);
            var said = AssetWrite.Ok;
            for (var at = 0; at < bytes.Length && said == AssetWrite.Ok;)
            {
                var piece = Math.Min(random.Next(1, 3_000), bytes.Length - at);
                said = writer.Take(bytes.AsSpan(at, piece));
                at += piece;
            }
            wrong = said != AssetWrite.Ok || writer.Finish(SystemClock.Now) != AssetWrite.Ok ? writer.Wrong : null;
            _media = writer.MediaNow;
        }
        var records = new List<RecordMeta>();
        using (var reader = new ChannelReader(Path.Combine(_store.Path, "capture")))
        {
            using var all = new MemoryStream();
            while (reader.TryNext(out var record))
            {
                records.Add(record.Meta);
                all.Write(record.Payload);
            }
            payloads = all.ToArray();
        }
        if (wrong is null)
            Assert.Equal(PcrFile.Sha256(bytes), PcrFile.Sha256(Content()));
        Directory.Delete(Path.Combine(_store.Path, "capture"), recursive: true);
        return records;
    }

    private byte[] Content()
    {
        using var content = new AssetContent(Path.Combine(_store.Path, "capture"));
        using var all = new MemoryStream();
        while (content.TryNext(out var piece))
            all.Write(piece);
        return all.ToArray();
    }

    private static byte[] Vector(string name) => File.ReadAllBytes(Path.Combine(TestFolder.Repository, "tests", "vectors", "pcap", name));

    private static List<byte[]> Frames(byte[] file)
    {
        Assert.True(PcapHeader.TryRead(file, out var header));
        var frames = new List<byte[]>();
        for (var at = PcapHeader.Size; PcapRecord.TryRead(file.AsSpan(at), header, out var record); at += PcapRecord.Size + record.CapturedLength)
            frames.Add(file[at..(at + PcapRecord.Size + record.CapturedLength)]);
        return frames;
    }

    private static byte[] Join(byte[] file, IEnumerable<byte[]> frames) => [.. file[..PcapHeader.Size], .. frames.SelectMany(frame => frame)];

    private static byte[] Only(byte[] file, Func<byte[], bool> wanted) => Join(file, Frames(file).Where(frame => wanted(frame[PcapRecord.Size..])));

    // The same capture as a big-endian machine would write it.
    private static byte[] Swapped(byte[] file)
    {
        Assert.True(PcapHeader.TryRead(file, out var header));
        var big = header with { IsBigEndian = true };
        var swapped = new byte[file.Length];
        file.CopyTo(swapped, 0);
        big.Write(swapped);
        for (var at = PcapHeader.Size; PcapRecord.TryRead(file.AsSpan(at), header, out var record); at += PcapRecord.Size + record.CapturedLength)
            record.Write(swapped.AsSpan(at), big);
        return swapped;
    }

    private sealed class Counting : IAssetSink
    {
        public int Bytes { get; set; }

        public void Record(in RecordMeta meta, ReadOnlySpan<byte> payload) => Bytes += payload.Length;

        public void Rest(ReadOnlySpan<byte> bytes) => Bytes += bytes.Length;

        public void Media(StoredMedia media) { }
    }
}
