namespace Sluice.Wire.MpegTs;

/// <summary>The stream types of a PMT that media boxes meet (ISO/IEC 13818-1 table 2-34; ATSC A/53 for AC-3, SCTE 35 for cues).</summary>
public static class TsStreamTypes
{
    public const byte Mpeg1Video = 0x01;
    public const byte Mpeg2Video = 0x02;
    public const byte Mpeg1Audio = 0x03;
    public const byte Mpeg2Audio = 0x04;
    public const byte PrivateSections = 0x05;
    public const byte PrivatePes = 0x06;
    public const byte AacAdts = 0x0F;
    public const byte Mpeg4Video = 0x10;
    public const byte AacLatm = 0x11;
    public const byte MetadataPes = 0x15;
    public const byte H264 = 0x1B;
    public const byte Jpeg2000 = 0x21;
    public const byte Hevc = 0x24;
    public const byte JpegXs = 0x32;
    public const byte Vvc = 0x33;
    public const byte Ac3 = 0x81;
    public const byte Scte35 = 0x86;
    public const byte Eac3 = 0x87;

    /// <summary>A short name for people; "private" or "reserved" with no more said for those not listed.</summary>
    public static string NameOf(byte type) => type switch
    {
        Mpeg1Video => "MPEG-1 video",
        Mpeg2Video => "MPEG-2 video",
        Mpeg1Audio => "MPEG-1 audio",
        Mpeg2Audio => "MPEG-2 audio",
        PrivateSections => "private sections",
        PrivatePes => "private PES",
        AacAdts => "AAC",
        Mpeg4Video => "MPEG-4 video",
        AacLatm => "AAC LATM",
        MetadataPes => "metadata",
        H264 => "H.264",
        Jpeg2000 => "JPEG 2000",
        Hevc => "HEVC",
        JpegXs => "JPEG XS",
        Vvc => "VVC",
        Ac3 => "AC-3",
        Scte35 => "SCTE 35",
        Eac3 => "E-AC-3",
        >= 0x80 => "private",
        _ => "reserved",
    };

    public static bool IsVideo(byte type) =>
        type is Mpeg1Video or Mpeg2Video or Mpeg4Video or H264 or Jpeg2000 or Hevc or JpegXs or Vvc;

    public static bool IsAudio(byte type) => type is Mpeg1Audio or Mpeg2Audio or AacAdts or AacLatm or Ac3 or Eac3;
}
