namespace Sluice.Control.Rtsp;

/// <summary>What the data plane is to do with a client.</summary>
public enum SessionCommandKind
{
    /// <summary>Send, beginning with the given sequence number and timestamp.</summary>
    Play,
    /// <summary>The publisher's track is heard (<see cref="IPublisherAdmission.Record"/> has seen to it): from now on the host watches whether it is.</summary>
    Record,
    /// <summary>Keep the row, send nothing; of a publisher's track, hear nothing.</summary>
    Pause,
    /// <summary>All has been sent that was asked for: say goodbye (RTCP BYE, by which players know the end), send nothing and keep the row.</summary>
    Finish,
    /// <summary>Give the row back, whether it ever played or not.</summary>
    Remove,
}

/// <summary>
/// One order to the data plane. The host sends the replies of the same call before it executes these, so that no
/// interleaved frame overtakes the answer to PLAY.
/// </summary>
public readonly record struct SessionCommand(SessionCommandKind Kind, ClientId Client, ushort FirstSequence = 0, uint FirstTimestamp = 0);
