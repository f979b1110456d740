namespace Sluice.Wire.Sdp;

/// <summary>One session description (RFC 8866): what <see cref="SdpReader"/> reads and <see cref="SdpWriter"/> writes.</summary>
/// <remarks>
/// Bandwidth, e-mail, phone, URI, repeat times, zones and keys are read over: nothing in Sluice acts on them, and times are
/// always those of a permanent session (<c>t=0 0</c>).
/// </remarks>
public sealed record SdpSession(string Name, SdpOrigin Origin)
{
    public string? Information { get; init; }
    public SdpConnection? Connection { get; init; }
    public IReadOnlyList<SdpAttribute> Attributes { get; init; } = [];
    public IReadOnlyList<SdpMedia> Media { get; init; } = [];

    /// <summary>The URL by which RTSP controls the whole (RFC 2326 §C.1.1).</summary>
    public string? Control => SdpText.Find(Attributes, "control");
}
