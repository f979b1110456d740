namespace Sluice.Store;

/// <summary>How far a record has come. Each level includes those before it.</summary>
public enum AckLevel
{
    /// <summary>In the memory of this process: gone when it ends.</summary>
    Memory,

    /// <summary>In the kernel: survives the end of the process, be it kill -9, but not of the machine.</summary>
    Written,

    /// <summary>On the medium, name and all: survives a power cut.</summary>
    Durable,
}

/// <summary>What became of a record with regard to a level.</summary>
public enum AckState
{
    /// <summary>Not there yet.</summary>
    Pending,
    Reached,

    /// <summary>Will never be: it was dropped, or its segment was given up after an error.</summary>
    Lost,
}
