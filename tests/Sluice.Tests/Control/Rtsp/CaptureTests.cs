using System.Buffers;
using System.Text;
using Sluice.Control.Rtsp;
using Sluice.Wire.Rtsp;

namespace Sluice.Tests.Control.Rtsp;

/// <summary>What ffmpeg, GStreamer and VLC really sent (vectors/rtsp) is served from beginning to end.</summary>
public class CaptureTests
{
    /// <summary>The id that the recording server handed out.</summary>
    private const string RecordedId = "ABCDEF0123456789";

    public static string[] Files => Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "vectors", "rtsp"), "*.bin");

    /// <summary>File, requests, and what the engine is told to do.</summary>
    public static TheoryData<string, string, string> Captures => new()
    {
        { "ffmpeg-5.1-udp.bin", "OPTIONS DESCRIBE SETUP PLAY GET_PARAMETER GET_PARAMETER TEARDOWN", "Play Remove" },
        { "ffmpeg-5.1-tcp.bin", "OPTIONS DESCRIBE SETUP PLAY GET_PARAMETER GET_PARAMETER TEARDOWN", "Play Remove" },
        { "gstreamer-1.22-udp.bin", "OPTIONS DESCRIBE SETUP PLAY GET_PARAMETER PAUSE", "Play Pause" },
        { "gstreamer-1.22-tcp.bin", "OPTIONS DESCRIBE SETUP PLAY frame frame TEARDOWN", "Play Remove" },
        { "ffmpeg-5.1-record-udp.bin", "OPTIONS ANNOUNCE SETUP SETUP RECORD TEARDOWN", "Record Record Remove Remove" },
        {
            "gstreamer-1.22-record-tcp.bin", "OPTIONS ANNOUNCE SETUP SETUP RECORD frame frame PAUSE TEARDOWN",
            "Record Record Pause Pause Remove Remove"
        },
        { "vlc-3.0-satip-udp.bin", "SETUP PLAY OPTIONS OPTIONS OPTIONS OPTIONS TEARDOWN", "Play Remove" },
    };

    [Theory, MemberData(nameof(Captures))]
    public void IsServedFromBeginningToEnd(string file, string items, string commands)
    {
        var admission = new FakeAdmission();
        var peer = new RtspPeer(admission);
        var seen = new List<string>();
        foreach (var (name, bytes) in Split(file))
        {
            seen.Add(name);
            var sent = peer.Session is { } id ? Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(bytes).Replace(RecordedId, id, StringComparison.Ordinal)) : bytes;
            var replies = peer.SendBytes(sent, chunk: 1);
            if (name == "frame")
            {
                Assert.Empty(replies);
                continue;
            }
            var reply = Assert.Single(replies);
            Assert.Equal(200, reply.Status);
            if (name == "SETUP")
                peer.Session = reply["Session"].Split(';')[0];
            if (name == "PLAY")
                Assert.EndsWith(";seq=1001;rtptime=90000", reply["RTP-Info"], StringComparison.Ordinal);
        }
        Assert.Equal(items, string.Join(' ', seen));
        Assert.Equal(commands, string.Join(' ', peer.Commands.Select(command => command.Kind)));
        Assert.Equal(seen.Count(name => name == "frame"), admission.Interleaved.Count);
        peer.Disconnect();
        Assert.Equal(0, admission.Reserved);
    }

    /// <summary>VLC builds PLAY's URL from our Content-Base; what it recorded must be what ours would have made it send.</summary>
    [Fact]
    public void VlcsPlayUrlIsOurContentBaseAndAStream()
    {
        var items = Split("vlc-3.0-satip-udp.bin");
        var setup = Assert.Single(new RtspPeer(new FakeAdmission()).SendBytes(items[0].Bytes));
        Assert.Equal("0", setup["CSeq"]);
        Assert.Equal("rtsp://127.0.0.1:18555/Demo/", setup["Content-Base"]);
        Assert.StartsWith(
            "PLAY " + setup["Content-Base"] + "stream=0 ", Encoding.ASCII.GetString(items[1].Bytes), StringComparison.OrdinalIgnoreCase);
    }

    private static List<(string Name, byte[] Bytes)> Split(string file)
    {
        var all = File.ReadAllBytes(Files.Single(path => Path.GetFileName(path) == file));
        var input = new ReadOnlySequence<byte>(all);
        var reader = new RtspReader();
        var items = new List<(string, byte[])>();
        for (var start = 0; reader.Read(ref input) is var result && result != RtspReadResult.NeedMore; start = all.Length - (int)input.Length)
            items.Add((result == RtspReadResult.Interleaved ? "frame" : reader.Message.Method.Name(), all[start..(all.Length - (int)input.Length)]));
        return items;
    }
}
