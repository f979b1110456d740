using System.Runtime.InteropServices;

namespace Sluice.Tests.Kit;

/// <summary>Makes the calling thread, and only it, an ordinary user without capabilities. For threads that end afterwards.</summary>
internal static partial class Unprivileged
{
    private const long Nobody = 65_534;

    internal static void Become()
    {
        // The system call itself, because glibc's setresuid changes every thread of the process.
        var setresuid = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 147 : 117;
        if (syscall(setresuid, Nobody, Nobody, Nobody) != 0)
            throw new InvalidOperationException($"setresuid: {Marshal.GetLastPInvokeError()}");
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial long syscall(long number, long real, long effective, long saved);
}
