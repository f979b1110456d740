namespace Sluice.Tests.Kit.Players;

/// <summary>
/// What a client itself counted. What counts: <b>Frames</b>, pictures out of its video decoder; <b>Lost</b>, RTP packets it says
/// are missing, from the first packet on; <b>Continuity</b>, MPEG-TS continuity counter errors, from the first packet of each PID on;
/// <b>DecodeErrors</b>, complaints of the video decoder, from the first keyframe on, because joining in the middle of a GOP
/// is legitimate noise until then. Raw <c>udp://</c> has no RTP, so Lost stays 0 there and Continuity tells.
/// </summary>
internal sealed record PlayReport(string Player, string Url, int Frames, int Lost, int Continuity, int DecodeErrors, string Log)
{
    public bool IsClean => Lost == 0 && Continuity == 0 && DecodeErrors == 0;

    public override string ToString() =>
        $"{Player} {Url}: {Frames} frames, {Lost} lost, {Continuity} continuity errors, {DecodeErrors} decode errors";

    /// <summary>Null when the client saw enough and nothing wrong, else the sentence for the failure message.</summary>
    public string? Fault(int framesMin) => IsClean && Frames >= framesMin ? null : $"{this} (wanted {framesMin} frames and no error)\n{Log}";
}
