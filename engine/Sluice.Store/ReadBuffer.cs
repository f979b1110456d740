namespace Sluice.Store;

/// <summary>
/// What records are read into: of one reader, or of many in turn on one thread, each of which loses what it had read ahead when another
/// reads. Many small ones are seldom in the processor's cache when their turn comes; one is.
/// </summary>
public sealed class ReadBuffer
{
    internal byte[] Bytes { get; private set; } = [];   // made when the first record is asked for: opening a store reads header pages only

    /// <summary>Whose bytes are in it.</summary>
    internal SegmentReader? Reader { get; set; }

    internal void Make(int bytes)
    {
        if (Bytes.Length == 0)
            Bytes = GC.AllocateUninitializedArray<byte>(bytes);
    }
}
