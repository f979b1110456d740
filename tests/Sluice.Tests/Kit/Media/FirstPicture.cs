using System.Buffers;
using Sluice.Tests.Kit.Processes;
using Sluice.Wire.MpegTs;
using Sluice.Wire.Rtp;

namespace Sluice.Tests.Kit.Media;

/// <summary>
/// Takes a stream's RTP packets from wherever a viewer joined until the first picture that decoding can begin with is whole. What has
/// come by then is kept as a decoder reads it, so that one can be asked whether that is true. Knows nothing of the engine's own finder.
/// </summary>
internal abstract class FirstPicture(string format)
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public static FirstPicture Of(string media) => media switch
    {
        "ts" => new InTransportStream(),
        "h264" => new InNalUnits("h264", headSize: 1, aggregate: 24, fragment: 28, firstSet: 7, type => type == 5, (head, type) => head & 0xe0 | type),
        _ => new InNalUnits("hevc", headSize: 2, aggregate: 48, fragment: 49, firstSet: 32,
            type => type is >= 16 and <= 23, (head, type) => head & 0x81 | type << 1),
    };

    public bool IsWhole { get; protected set; }

    /// <summary>Packets that came before the one in which the picture itself begins.</summary>
    public int PacketsBeforeKey { get; private set; }

    protected bool KeyBegan { get; set; }

    /// <summary>The next packet; true when it made the picture whole.</summary>
    public bool Take(ReadOnlySpan<byte> datagram)
    {
        if (IsWhole || !RtpPacket.TryParse(datagram, out var packet)) return false;
        Read(packet);
        if (!KeyBegan) PacketsBeforeKey++;
        return IsWhole;
    }

    /// <summary>The same for transport packets that came without RTP, any number of whole ones.</summary>
    public bool TakePackets(ReadOnlySpan<byte> packets)
    {
        if (IsWhole) return false;
        ReadPackets(packets);
        if (!KeyBegan) PacketsBeforeKey++;
        return IsWhole;
    }

    protected abstract void Read(in RtpPacket packet);

    protected virtual void ReadPackets(ReadOnlySpan<byte> packets) => throw new InvalidOperationException("Not a transport stream.");

    protected void Keep(ReadOnlySpan<byte> bytes) => _bytes.Write(bytes);

    /// <summary>How many frames ffprobe decodes of what had come.</summary>
    public async Task<int> DecodedFramesAsync()
    {
        var path = TestFolder.NewFile($"first.{format}");
        await File.WriteAllBytesAsync(path, _bytes.WrittenMemory).ConfigureAwait(false);
        var frames = 0;
        await using var probe = ChildProcess.Start("ffprobe",
        [
            "-v", "quiet", "-f", format, "-count_frames", "-select_streams", "v:0", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", path,
        ], line => frames = int.TryParse(line.Text.TrimEnd(','), out var counted) ? counted : frames);
        await probe.WaitForExitAsync(TimeSpan.FromSeconds(30)).ConfigureAwait(false);
        return frames;
    }

    // Whole when the next unit of the key picture's stream begins.
    private sealed class InTransportStream() : FirstPicture("mpegts")
    {
        private bool _hasTable;
        private int _keyPid = -1;

        protected override void Read(in RtpPacket packet) => ReadPackets(packet.Payload);

        protected override void ReadPackets(ReadOnlySpan<byte> packets)
        {
            Keep(packets);
            for (var rest = packets; TsPacket.TryParse(rest, out var ts) && !IsWhole; rest = rest[TsPacket.Size..])
            {
                _hasTable |= ts.Pid == TsPacket.PatPid;
                if (ts.PayloadUnitStart && ts.Pid == _keyPid) IsWhole = true;
                else if (ts.PayloadUnitStart && _hasTable && ts.AdaptationField.RandomAccess) (_keyPid, KeyBegan) = (ts.Pid, true);
            }
        }
    }

    // Whole with the packet that has the marker bit (RFC 6184 §5.1, RFC 7798 §4.1). Nothing can be done with units before the first parameter set.
    private sealed class InNalUnits(
        string format, int headSize, int aggregate, int fragment, int firstSet, Func<int, bool> isKey, Func<byte, int, int> firstByte) : FirstPicture(format)
    {
        private bool _hasSet;

        protected override void Read(in RtpPacket packet)
        {
            var payload = packet.Payload;
            var type = TypeOf(payload[0]);
            if (type == aggregate) TakeAll(payload[headSize..]);
            else if (type == fragment) TakeFragment(payload);
            else TakeUnit(payload);
            IsWhole = KeyBegan && packet.Marker;
        }

        private int TypeOf(byte head) => headSize == 1 ? head & 0x1f : head >> 1 & 0x3f;

        private void TakeAll(ReadOnlySpan<byte> rest)
        {
            for (; rest.Length > 2; rest = rest[(2 + (rest[0] << 8 | rest[1]))..]) TakeUnit(rest.Slice(2, rest[0] << 8 | rest[1]));
        }

        private void TakeUnit(ReadOnlySpan<byte> unit)
        {
            Begin(TypeOf(unit[0]));
            KeepUnit([0, 0, 0, 1]);
            KeepUnit(unit);
        }

        private void TakeFragment(ReadOnlySpan<byte> payload)
        {
            var type = payload[headSize] & (headSize == 1 ? 0x1f : 0x3f);
            if (payload[headSize] >= 0x80)
            {
                Begin(type);
                KeepUnit([0, 0, 0, 1, (byte)firstByte(payload[0], type)]);
                KeepUnit(payload[1..headSize]);
            }
            KeepUnit(payload[(headSize + 1)..]);
        }

        private void Begin(int type)
        {
            _hasSet |= type == firstSet;
            KeyBegan |= _hasSet && isKey(type);
        }

        private void KeepUnit(ReadOnlySpan<byte> bytes)
        {
            if (_hasSet) Keep(bytes);
        }
    }
}
