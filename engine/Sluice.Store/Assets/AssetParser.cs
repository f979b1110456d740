using System.Buffers.Binary;
using Sluice.Wire.Pcap;

namespace Sluice.Store;

/// <summary>
/// Takes a file apart while it comes in, piece by piece of any length. What it finds depends on the bytes alone and not on the pieces, so that a file
/// can be taken up again. Owned by one thread.
/// </summary>
internal abstract class AssetParser(IAssetSink sink)
{
    /// <summary>The most that is held back until the next clock reference says when it leaves: a second of 100 Mbit/s.</summary>
    protected const int HeldBytesMax = 16 << 20;

    /// <summary>What a person calls the format.</summary>
    public abstract string Format { get; }

    /// <summary>Where the last record ends on the line, ns.</summary>
    public long DurationNs { get; protected set; }

    protected IAssetSink Sink => sink;

    /// <summary>Null, or what is wrong with the file, as the end of a sentence: it will never be an asset.</summary>
    public abstract string? Take(ReadOnlySpan<byte> bytes);

    /// <summary>The file is whole. As <see cref="Take"/>.</summary>
    public abstract string? End();

    /// <summary>Enough to tell the formats apart.</summary>
    public const int BeginningBytes = 12;

    /// <summary>Chooses by the first bytes; null with what is wrong when it is none that is known.</summary>
    public static AssetParser? For(ReadOnlySpan<byte> beginning, in FlowWish flow, IAssetSink sink, out string? wrong)
    {
        wrong = null;
        if (PcapHeader.IsMagic(beginning))
            return new PcapAssetParser(flow, sink);
        if (beginning.Length >= 4 && BinaryPrimitives.ReadUInt32BigEndian(beginning) == PcapHeader.PcapNgMagic)
            wrong = "it is a pcapng file; make it classic with: editcap -F pcap IN OUT";
        else if (beginning.Length >= 8 && beginning[4..8].SequenceEqual("ftyp"u8))
            wrong = "it is an MP4 file; make it MPEG-TS with: ffmpeg -i IN -c copy -f mpegts OUT";
        return wrong is null ? new TsAssetParser(sink) : null;
    }
}

/// <summary>Which stream of a capture is meant; nulls: the first that is RTP or MPEG-TS.</summary>
/// <param name="Port">UDP destination port.</param>
/// <param name="Ssrc">Of RTP.</param>
/// <param name="Media">What a dynamic payload type carries; null = found by looking at it, which finds MPEG-TS only.</param>
public readonly record struct FlowWish(ushort? Port = null, uint? Ssrc = null, StoredMedia? Media = null);
