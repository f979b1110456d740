namespace Sluice.Linux;

/// <summary>What an operator can do about a file that the kernel refused.</summary>
internal static class FileAdvice
{
    internal static string? For(int errno, string path, long neededBytes) => errno switch
    {
        Errno.ENOENT => $"{path}: no such file, or its directory does not exist",
        Errno.EEXIST => $"{path} exists already",
        Errno.EACCES or Errno.EPERM => $"this user may not write or read {path}",
        Errno.EROFS => $"{path} is on a file system that is mounted read-only",
        Errno.ENOSPC or Errno.EDQUOT => $"no room for {path}: {neededBytes} bytes are needed",
        Errno.EFBIG => $"{path}: {neededBytes} bytes are more than this file system or this user's limit allows",
        Errno.EMFILE or Errno.ENFILE => $"{path}: too many files are open; raise the limit (ulimit -n)",
        Errno.EOPNOTSUPP => $"{path}: this file system cannot reserve space (fallocate); use ext4, xfs, btrfs or tmpfs",
        _ => null,
    };
}
