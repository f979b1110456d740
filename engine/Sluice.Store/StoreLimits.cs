namespace Sluice.Store;

/// <summary>Every limit of the store, with its reason.</summary>
public static class StoreLimits
{
    /// <summary>Header page, index, and a few records of the largest size.</summary>
    public const long SegmentBytesMin = 64 << 10;

    /// <summary>100 s of 5 Mbit/s: few files for a long window, and a torn tail is read again in well under a second.</summary>
    public const long SegmentBytesDefault = 64L << 20;

    /// <summary>The tail must be read through at start.</summary>
    public const long SegmentBytesMax = 4L << 30;

    /// <summary>Holds seven records of the largest size, and the index of any segment while it is sealed.</summary>
    public const int StageBytesMin = 64 << 10;

    /// <summary>Writes of this size reach the speed of the page cache; larger ones only add delay.</summary>
    public const int StageBytesDefault = 256 << 10;

    /// <summary>Little enough dirty data that a sync is short, seldom enough that it costs nothing.</summary>
    public const long SyncEveryNsDefault = 1_000_000_000;

    /// <summary>A level that keeps records in memory first writes them this often: shifted feeds read them after a second at the earliest.</summary>
    public const long MemoryNsMax = 200_000_000;

    /// <summary>Synced at the latest after so much, whatever the settings: it is what the next opening must read through.</summary>
    public const long UnsyncedBytesMax = 64 << 20;

    /// <summary>How often the files are looked at, and what is too old let go.</summary>
    public const long LookEveryNs = 500_000_000;

    /// <summary>Files looked at a time: a thousand system calls, one thousandth of the store thread's time.</summary>
    public const int LooksMax = 256;

    /// <summary>A segment ends after this part of the window, so that the window's end is exact to it.</summary>
    public const int WindowParts = 16;

    /// <summary>First pause after a second failure in a row; doubles up to <see cref="RetryNsMax"/>.</summary>
    public const long RetryNsFirst = 100_000_000;

    /// <summary>A disk that was freed is in use again within this time.</summary>
    public const long RetryNsMax = 5_000_000_000;

    /// <summary>Bytes of one read when records are read in order.</summary>
    public const int ReadBytes = 256 << 10;

    /// <summary>What is kept in memory before each cursor: half of it, the least, is 0.8 s at 5 Mbit/s. A thousand cursors take 1 GiB of page cache.</summary>
    public const long AheadBytes = 1 << 20;

    /// <summary>
    /// Bytes of one read of a cursor at most: a dozen packets. Four times as much saves
    /// an eighth of the copying (111 and 97 µs a MiB on the machine of ARCHITECTURE), a quarter costs a quarter more. At least a record of the largest size.
    /// </summary>
    public const int CursorBytes = 16 << 10;

    /// <summary>A channel name is a file name: letters, digits, dot, dash, underscore.</summary>
    public const int ChannelNameMax = 64;

    /// <summary>Tracks of a channel: a session's picture, its sound, and what else it may bring.</summary>
    public const int TracksMax = 8;
}
