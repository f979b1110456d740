namespace Sluice.Flow;

/// <summary>Cuts one kind of media for a loop: from access point to access point, turn after turn. Owned by the replay thread.</summary>
internal abstract class LoopMedia
{
    /// <summary>The turn's first packet was put out.</summary>
    public bool HasBegun { get; protected set; }

    /// <summary>The end of the turn was met, at <see cref="EndedNs"/>; more may still be wanted of what lies behind it.</summary>
    public bool HasEnded { get; protected set; }

    /// <summary>Nothing more is wanted of this turn.</summary>
    public bool IsOver { get; protected set; }

    /// <summary>Media time of the access point that ended the turn, ns.</summary>
    public long EndedNs { get; protected set; }

    public virtual void BeginTurn() => (HasBegun, HasEnded, IsOver) = (false, false, false);

    /// <summary>Takes the next packet of the content, and puts out what is to be sent.</summary>
    /// <param name="packet">As the content has it.</param>
    /// <param name="payload">Its bytes.</param>
    /// <param name="mayBegin">The turn may begin with an access point in it.</param>
    /// <param name="mayEnd">The turn ends before an access point in it.</param>
    /// <param name="target">Has room for half of what it holds.</param>
    public abstract void Take(in ReplayPacket packet, ReadOnlySpan<byte> payload, bool mayBegin, bool mayEnd, LoopQueue target);

    /// <summary>The turn is over, or its content has ended. By how many ticks of its clock the next turn is later; 0 when the media does not say.</summary>
    public abstract long EndTurn();
}
