using System.Runtime.InteropServices;

namespace Sluice.Linux;

internal static unsafe partial class Libc
{
    internal const int PROT_READ = 1, PROT_WRITE = 2;
    internal const int MAP_SHARED = 1, MAP_PRIVATE = 2, MAP_ANONYMOUS = 0x20, MAP_POPULATE = 0x8000;
    internal const int MADV_DONTNEED = 4, MADV_NOHUGEPAGE = 15, MADV_POPULATE_READ = 22;
    internal static readonly void* MAP_FAILED = (void*)-1;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial void* mmap(void* addr, nuint length, int prot, int flags, int fd, long offset);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int munmap(void* addr, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int madvise(void* addr, nuint length, int advice);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int mincore(void* addr, nuint length, byte* vec);

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int mlock(void* addr, nuint length);
}
