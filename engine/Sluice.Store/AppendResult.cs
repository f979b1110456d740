namespace Sluice.Store;

/// <summary>What became of a record that was appended.</summary>
public enum AppendResult
{
    /// <summary>In memory, written by the next <see cref="ChannelStore.Flush"/>.</summary>
    Staged,

    /// <summary>Dropped and counted: there is no segment to write to; another is tried after a pause.</summary>
    NoSegment,

    /// <summary>Dropped and counted: more than <see cref="RecordCodec.PayloadBytesMax"/>.</summary>
    TooLarge,
}

/// <summary>What a flush did: records that are now committed, or 0 and the error number (positive) that lost them.</summary>
public readonly record struct FlushResult(int Records, int Errno);
