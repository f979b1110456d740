namespace Sluice.Flow;

internal enum SendCommandKind : byte
{
    /// <summary>Begin (or go on) with a ring of departures: sequence and timestamp of the first packet are the control plane's choice.</summary>
    Play,

    /// <summary>Send nothing more, keep the row.</summary>
    Pause,

    /// <summary>Send nothing more, say BYE, keep the row.</summary>
    Finish,

    /// <summary>Send nothing more, say BYE, give the row back.</summary>
    Remove,

    /// <summary>A new way out (socket pair) for clients to come.</summary>
    AddEgress,
}

/// <summary>One command to a send loop; fixed size, the references are handed over with it.</summary>
internal readonly record struct SendCommand(
    SendCommandKind Kind, int Row, ClientSpec? Client, ClientAttachment? Attachment, ushort FirstSequence, uint FirstTimestamp, object? Egress = null);
