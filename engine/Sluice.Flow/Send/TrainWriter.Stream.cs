using Sluice.Linux;
using Sluice.Wire.MpegTs;

namespace Sluice.Flow;

/// <summary>Viewers on stream connections: whole transport packets and nothing else, whatever becomes of their reader.</summary>
internal sealed partial class TrainWriter<TSocket>
{
    /// <summary>A reader that is back waits so long for a random access point: twice the GOP of most channels. Some streams mark none.</summary>
    private const long AccessPatienceNs = 4_000_000_000;

    private void WriteStream(ClientSpec spec, FeedWindow window, in Train train, MonotonicTime now)
    {
        for (var i = 0; i < train.Count; i++)
        {
            ref readonly var packet = ref window.Packet(train.FirstPacket + (uint)i);
            var payload = NativeSpan.ReadOnly(packet.Body + packet.PayloadSkip, packet.PayloadLength);
            if (!TsDatagram.TryParse(payload, out _))
                counters.NotTransportStream++;
            else
                WriteStream(spec, payload, now);
        }
        WroteFrames = true;
    }

    private void WriteStream(ClientSpec spec, ReadOnlySpan<byte> payload, MonotonicTime now)
    {
        var progress = spec.Progress;
        if (progress.SkippingSinceNs != 0 && !TryEndSkip(spec, ref payload, now))
            DropFrame(progress);
        else if (spec.Frames!.TryWrite(payload, default, default))
            CountFrame(progress, payload.Length, now);
        else
            BeginSkip(spec, now);
    }

    // The ring is full: all of it is older than what the reader should see next.
    private void BeginSkip(ClientSpec spec, MonotonicTime now)
    {
        spec.Frames!.Cut();
        spec.Progress.SkippingSinceNs = now.Ns;
        spec.Progress.Skips++;
        counters.StreamSkips++;
        DropFrame(spec.Progress);
    }

    // Goes on at the first packet where a decoder can begin: what lies before it in its datagram is left out.
    private static bool TryEndSkip(ClientSpec spec, ref ReadOnlySpan<byte> payload, MonotonicTime now)
    {
        var progress = spec.Progress;
        if (spec.Frames!.IsCut)
        {
            progress.SkippingSinceNs = now.Ns;
            return false;
        }
        if (TsRandomAccess.TryFind(payload, out var offset))
            payload = payload[offset..];
        else if (now.Ns - progress.SkippingSinceNs < AccessPatienceNs)
            return false;
        progress.SkippingSinceNs = 0;
        return true;
    }
}
