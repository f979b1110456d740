namespace Sluice.Wire.Sdp;

/// <summary>How much of a session description is read. A description that needs more is refused, not cut.</summary>
public static class SdpLimits
{
    /// <summary>The body limit of RTSP; a SAP packet is smaller still.</summary>
    public const int BytesMax = 64 * 1024;

    /// <summary>Media sections: contribution encoders send video and up to eight audio pairs.</summary>
    public const int MediaMax = 16;

    /// <summary>Attributes of one section.</summary>
    public const int AttributesMax = 128;

    /// <summary>Formats of one media line; RTP payload types end at 127.</summary>
    public const int FormatsMax = 128;
}
