namespace Sluice.Tests.Store;

/// <summary>Makes the kernel forget what it has of files, as if they had not been read for days. By dd: it asks for POSIX_FADV_DONTNEED.</summary>
internal static class ColdPages
{
    public static void Drop(string path) => SmallDisk.Run("dd", "of=" + path, "oflag=nocache", "conv=notrunc,fdatasync", "count=0", "status=none");
}
