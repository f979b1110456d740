namespace Sluice.Store;

/// <summary>
/// Errors in place of system calls, for the tests: this kernel has no device that fails on demand. Each is a positive
/// errno, 0 for none, and stands until it is taken away.
/// </summary>
internal sealed class StoreFaults
{
    public int CreateErrno { get; set; }
    public int WriteErrno { get; set; }
    public int SyncErrno { get; set; }

    /// <summary>Writes that still succeed before <see cref="WriteErrno"/> takes effect.</summary>
    public int WritesBefore { get; set; }

    /// <summary>Writes that fail then; after them all is well again.</summary>
    public int WritesToFail { get; set; } = int.MaxValue;

    /// <summary>The error of this write, or 0 for a real write.</summary>
    public int TakeWrite() => WriteErrno == 0 || WritesBefore-- > 0 || WritesToFail-- <= 0 ? 0 : WriteErrno;
}
