using Sluice.Flow;
using Sluice.Linux;
using Sluice.Wire.MpegTs;

namespace Sluice.Tests.Flow.Send;

/// <summary>A viewer on a stream connection: whole transport packets in its ring, and what becomes of a reader that does not keep up.</summary>
public sealed class TrainWriterStreamTests : IDisposable
{
    private const int Row = 0, RingBytes = 4096, PacketBytes = 7 * TsPacket.Size;
    private static readonly MonotonicTime s_start = new(1_000_000_000);

    private readonly SendCounters _counters = new();
    private readonly ClientTable _clients = new(1);
    private readonly FeedWindow _window = new(64);
    private readonly NativeBuffer _memory = new(64 * 2048, prefault: true);
    private readonly FrameRing _ring = new(RingBytes);
    private readonly ClientSpec _spec;
    private readonly TrainWriter<FakeSocket> _writer;
    private int _packets;

    public TrainWriterStreamTests()
    {
        _spec = new ClientSpec { Kind = ClientKind.TsStream, Feed = 0, DelayNs = 0, Frames = _ring, Reports = false };
        _spec.Progress.Departures = new BurstMeter();
        _clients.Play(Row, _spec, new ClientAttachment(), 0, 0);
        _writer = new TrainWriter<FakeSocket>(_counters, new EgressFlush<FakeSocket>(_counters, 0));
    }

    public void Dispose() => _memory.Dispose();

    [Fact]
    public void WritesThePayloadAloneBehindCsrcAndExtension()
    {
        Write(s_start, Add(Ts(7, access: false), skip: 8), Add(Ts(3, access: false)));

        Assert.Equal(10 * TsPacket.Size, _ring.Count);
        Assert.Equal([.. Ts(7, access: false), .. Ts(3, access: false)], _ring.Peek().ToArray());
        Assert.Equal((2, 10L * TsPacket.Size), (_spec.Progress.Packets, _spec.Progress.Bytes));
        Assert.True(_writer.WroteFrames);
    }

    [Fact]
    public void LeavesOutWhatIsNotWholeTransportPackets()
    {
        var torn = Ts(2, access: false)[..300];
        var noSync = Ts(2, access: false);
        noSync[TsPacket.Size] = 0;

        Write(s_start, Add(torn), Add(noSync), Add([]), Add(Ts(1, access: false)));

        Assert.Equal((TsPacket.Size, 3L), (_ring.Count, _counters.NotTransportStream));
    }

    [Fact]
    public void AFullRingIsCutAndNothingMoreGoesInUntilTheReaderIsBack()
    {
        FillAndOverflow();
        Assert.Equal((true, 1L, 1L), (_ring.IsCut, _spec.Progress.Skips, _counters.StreamSkips));

        Write(s_start, Add(Ts(7, access: true)));

        Assert.Equal((2L, 1L), (_spec.Progress.Overrun, _spec.Progress.Skips));
        Assert.Equal(3 * PacketBytes, _ring.Count);
    }

    [Fact]
    public void AReaderThatIsBackGoesOnAtTheNewestRandomAccessPoint()
    {
        FillAndOverflow();
        Assert.Equal(3 * PacketBytes, _ring.DiscardCut());
        byte[] access = [.. Ts(2, access: false), .. Ts(5, access: true)];

        Write(s_start, Add(Ts(7, access: false)), Add(access), Add(Ts(7, access: false)));

        Assert.Equal([.. Ts(5, access: true), .. Ts(7, access: false)], TakeAll());
        Assert.Equal(1, _spec.Progress.Skips);
    }

    [Fact]
    public void AStreamThatMarksNoRandomAccessGoesOnAfterAWhile()
    {
        FillAndOverflow();
        Write(s_start + 60_000_000_000, Add(Ts(7, access: false)));     // away for a minute: that is no waiting
        _ring.DiscardCut();

        Write(s_start + 61_000_000_000, Add(Ts(7, access: false)));
        Assert.Equal(0, _ring.Count);
        Write(s_start + 66_000_000_000, Add(Ts(7, access: false)));
        Assert.Equal(PacketBytes, _ring.Count);
    }

    private byte[] TakeAll()
    {
        var all = new List<byte>();
        for (var piece = _ring.Peek(); !piece.IsEmpty; piece = _ring.Peek())
        {
            all.AddRange(piece);
            _ring.Advance(piece.Length);
        }
        return [.. all];
    }

    private void FillAndOverflow()
    {
        for (var i = 0; i < 3; i++)
            Write(s_start, Add(Ts(7, access: false)));
        Assert.False(_ring.IsCut);
        Write(s_start, Add(Ts(7, access: false)));
    }

    private void Write(MonotonicTime now, params uint[] packets)
    {
        var train = new Train { FirstPacket = packets[0], Count = (ushort)packets.Length };
        Assert.True(_writer.TryWrite(ref _clients[Row], _window, in train, null, now));
    }

    private uint Add(byte[] payload, int skip = 0)
    {
        var at = _packets++ * 2048;
        payload.CopyTo(_memory.Slice(at + skip, payload.Length));
        var number = _window.PacketTail;
        _window.Append(new FeedPacket
        {
            Body = _memory.Address + at, PayloadSkip = (ushort)skip, PayloadLength = (ushort)payload.Length,
            BodyLength = (ushort)(skip + payload.Length),
        });
        return number;
    }

    private static byte[] Ts(int count, bool access)
    {
        var packets = new byte[count * TsPacket.Size];
        for (var i = 0; i < count; i++)
        {
            var packet = packets.AsSpan(i * TsPacket.Size, TsPacket.Size);
            TsPacket.WriteHeader(packet, 0x100, access, hasAdaptationField: true, hasPayload: true, (byte)(i & 15));
            TsAdaptationField.Write(packet, length: 1, randomAccess: access);
            new PesHeader(PesHeader.VideoStreamId, 0, 0, 90_000, null).Write(packet[(TsPacket.HeaderSize + 2)..]);
        }
        return packets;
    }
}
