using System.Runtime.InteropServices;

namespace Sluice.Linux;

/// <summary>A call that the kernel refused: which one, why, and a sentence that a person can act on.</summary>
/// <param name="Errno">The positive error number; see <see cref="Linux.Errno"/>.</param>
/// <param name="Operation">The call that failed, as in the manual: <c>bind</c>, <c>setsockopt(IP_TTL)</c>.</param>
public readonly record struct LinuxError(int Errno, string Operation)
{
    /// <summary>What to do about it, when more is known than the error number says.</summary>
    public string? Advice { get; init; }

    /// <summary>One line: the advice, then the call and the error's name in brackets.</summary>
    public string Message => Advice is null
        ? $"{Operation}: {Describe(Errno)} ({Linux.Errno.Name(Errno)})"
        : $"{Advice} ({Operation}: {Linux.Errno.Name(Errno)})";

    public override string ToString() => Message;

    internal static LinuxError Last(string operation, string? advice = null) =>
        new(Marshal.GetLastPInvokeError(), operation) { Advice = advice };

    private static string Describe(int errno) => Marshal.GetPInvokeErrorMessage(errno);
}
