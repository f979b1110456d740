using System.Runtime.InteropServices;

namespace Sluice.Tests.Kit.Processes;

/// <summary>kill(2) by pid, with the signal numbers that tests use (signal(7), x86-64 and arm64).</summary>
internal static partial class Signals
{
    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    /// <summary>Sends to one process; a process that is already gone is no error.</summary>
    public static void Send(int pid, int signal) => _ = kill(pid, signal);

    /// <summary>Sends to the whole process group that <see cref="ChildProcess"/> made for its child.</summary>
    public static void SendToGroup(int groupId, int signal) => _ = kill(-groupId, signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int kill(int pid, int signal);
}
