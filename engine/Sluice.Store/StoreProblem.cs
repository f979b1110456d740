using Sluice.Linux;

namespace Sluice.Store;

/// <summary>Why a store cannot be opened.</summary>
public enum StoreProblemKind
{
    None,
    BadOptions,
    BadChannelName,
    NotADirectory,
    NotWritable,
    Full,
    Locked,
    Failed,
}

/// <summary>A store that cannot be opened: what happened, where, and what a person can do. Live goes on without it.</summary>
public readonly record struct StoreProblem(StoreProblemKind Kind, string Path, string What, string Remedy, int ErrorNumber = 0)
{
    /// <summary>One line for the log.</summary>
    public string Message => $"{Path}: {What}; {Remedy}";

    public override string ToString() => Message;

    internal static StoreProblem From(LinuxError error, string path)
    {
        var (kind, what, remedy) = error.Errno switch
        {
            Errno.ENOSPC or Errno.EDQUOT => (StoreProblemKind.Full, "no space left", "free space or make the store smaller"),
            Errno.EACCES or Errno.EPERM or Errno.EROFS =>
                (StoreProblemKind.NotWritable, "may not be written", "change its owner or mode, or the mount, or the store's path"),
            Errno.ENOTDIR or Errno.EEXIST => (StoreProblemKind.NotADirectory, "is not a directory", "remove the file or change the store's path"),
            _ => (StoreProblemKind.Failed, error.Message, "check the file system"),
        };
        return new(kind, path, what, remedy, error.Errno);
    }
}
