namespace Sluice.Control.Assets;

/// <summary>What the head of an upstream's answer says; nulls where it says nothing.</summary>
public sealed record UpstreamHead
{
    public required int Status { get; init; }

    /// <summary>Bytes of the body.</summary>
    public long? BodyLength { get; init; }

    /// <summary>Of Content-Range: the first byte, and the length of the whole.</summary>
    public long? RangeFrom { get; init; }
    public long? RangeLength { get; init; }
    public string? ETag { get; init; }
    public string? LastModified { get; init; }

    /// <summary>Anything but identity: the bytes would not be the object's.</summary>
    public bool IsEncoded { get; init; }
}

/// <summary>What is done with an answer.</summary>
public enum UpstreamStep
{
    /// <summary>Its body goes on where we are, after <see cref="UpstreamDecision.Skip"/> bytes of it.</summary>
    Take,

    /// <summary>The object is another one now: what is here goes, and it is asked for anew.</summary>
    Restart,

    /// <summary>All is here already.</summary>
    Whole,

    /// <summary>Asked again after a pause.</summary>
    Retry,

    /// <summary>It will not become better.</summary>
    GiveUp,
}

/// <param name="Step">What is done.</param>
/// <param name="Skip">Bytes of the body that are here already.</param>
/// <param name="Length">Of the whole object; null = not known.</param>
/// <param name="Reason">A sentence, where it does not go on.</param>
public readonly record struct UpstreamDecision(UpstreamStep Step, long Skip = 0, long? Length = null, string Reason = "")
{
    /// <summary>
    /// Judges an answer to a request for everything from <paramref name="offset"/> on, made with <c>If-Range</c> when it is not 0 (RFC 9110 §13.1.5).
    /// </summary>
    /// <param name="head">The answer.</param>
    /// <param name="offset">Bytes that are here.</param>
    /// <param name="known">What the first answer said; null for the first.</param>
    public static UpstreamDecision Judge(UpstreamHead head, long offset, UpstreamHead? known)
    {
        ArgumentNullException.ThrowIfNull(head);
        return head switch
        {
            { Status: 200 or 206, IsEncoded: true } => new(UpstreamStep.GiveUp, Reason: "the server sends it with a content coding that nobody asked for"),
            { Status: 200 } => JudgeWhole(head, offset, known),
            { Status: 206 } => JudgePart(head, offset, known),
            { Status: 416, RangeLength: { } length } when length == offset && offset > 0 => new(UpstreamStep.Whole, Length: length),
            { Status: 416 } when offset > 0 => new(UpstreamStep.Restart, Reason: "the object is shorter now"),
            { Status: 408 or 425 or 429 or >= 500 } => new(UpstreamStep.Retry, Reason: $"the server answers {head.Status}"),
            _ => new(UpstreamStep.GiveUp, Reason: $"the server answers {head.Status}"),
        };
    }

    // The whole, though a part was wanted: the object changed, or the server does not do ranges.
    private static UpstreamDecision JudgeWhole(UpstreamHead head, long offset, UpstreamHead? known) => offset == 0
        ? new(UpstreamStep.Take, Length: head.BodyLength)
        : IsSame(head, known, head.BodyLength) ? new(UpstreamStep.Take, offset, head.BodyLength)
        : new(UpstreamStep.Restart, Reason: "the object has changed");

    private static UpstreamDecision JudgePart(UpstreamHead head, long offset, UpstreamHead? known)
    {
        if (head.RangeFrom is not { } from || from > offset)
            return new(UpstreamStep.GiveUp, Reason: "the server sends other bytes than were asked for");
        return offset == 0 || IsSame(head, known, head.RangeLength) ? new(UpstreamStep.Take, offset - from, head.RangeLength)
            : new(UpstreamStep.Restart, Reason: "the object has changed");
    }

    // By what both say; when neither says anything, by the length alone nothing is known, except that the server believed our If-Range.
    private static bool IsSame(UpstreamHead head, UpstreamHead? known, long? length) => known is not null
        && (known.ETag is null ? head.LastModified == known.LastModified && known.LastModified is not null : head.ETag == known.ETag)
        && (known.RangeLength is null || length is null || known.RangeLength == length);
}
