using Sluice.Store;
using Sluice.Wire.RandomAccess;

namespace Sluice.Flow;

/// <summary>
/// Says of one feed's records, in order, where a decoder may begin; of MPEG-TS only when its tables have been seen. Of other codecs it is
/// the first packet of the picture, behind its parameter sets. Store thread only; allocates nothing.
/// </summary>
internal sealed class RecordAccess
{
    private readonly TsAccessFinder _tables = new();
    private AccessCodec _codec = AccessCodec.MpegTs;
    private uint _number;

    public void SetMedia(StoredMedia media) => _codec = RtpAccess.CodecOf(media.Encoding, isAudio: false);

    public bool IsAccess(ReadOnlySpan<byte> payload, bool isBreak)
    {
        if (_codec != AccessCodec.MpegTs)
            return RtpAccess.Judge(_codec, payload) == AccessVerdict.Picture;
        if (isBreak)
            _tables.Reset();
        return _tables.Receive(payload, _number++);
    }
}
