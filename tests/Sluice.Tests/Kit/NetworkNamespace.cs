using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Sluice.Tests.Kit;

/// <summary>
/// One network namespace with its loopback up, deleted by Dispose together with its devices. Needs root. A socket opened inside keeps
/// belonging to the namespace, whichever thread uses it later.
/// </summary>
public sealed partial class NetworkNamespace : IDisposable
{
    private const int CLONE_NEWNET = 0x40000000, O_RDONLY = 0, O_CLOEXEC = 0x80000;
    private static readonly TimeSpan ToolPatience = TimeSpan.FromSeconds(20);
    private static int s_count;

    public NetworkNamespace()
    {
        Name = $"sluice-{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}";
        Ip($"netns add {Name}");
        Ip($"-n {Name} link set lo up");
    }

    public string Name { get; }

    /// <summary>Runs <c>ip</c> with these arguments inside the namespace.</summary>
    public void IpInside(string arguments) => Ip($"-n {Name} {arguments}");

    /// <summary>Joins two namespaces by a veth pair; both ends are up, without automatic IPv6 addresses.</summary>
    public static void Connect(NetworkNamespace left, string leftDevice, NetworkNamespace right, string rightDevice)
    {
        Ip($"link add {leftDevice} netns {left.Name} type veth peer name {rightDevice} netns {right.Name}");
        foreach (var (side, device) in new[] { (left, leftDevice), (right, rightDevice) })
        {
            side.IpInside($"link set dev {device} addrgenmode none");
            side.IpInside($"link set dev {device} up");
        }
    }

    /// <summary>Adds an address with its prefix length, usable at once (no duplicate address detection).</summary>
    public void AddAddress(string device, string address) =>
        IpInside($"address add {address} dev {device}{(address.Contains(':', StringComparison.Ordinal) ? " nodad" : "")}");

    /// <summary>Runs on a thread of its own inside the namespace and waits; what it throws is thrown here.</summary>
    public void Run(Action action) => Run(() =>
    {
        action();
        return true;
    });

    /// <inheritdoc cref="Run(Action)"/>
    public T Run<T>(Func<T> function)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Enter();
                result = function();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }

    /// <summary>Starts a program inside; the process that is returned is the program itself. The caller ends it.</summary>
    public Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo("ip", ["netns", "exec", Name, program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
    }

    public void Dispose() => Ip($"netns delete {Name}");

    private void Enter()
    {
        var fd = open($"/run/netns/{Name}", O_RDONLY | O_CLOEXEC, 0);
        if (fd < 0 || setns(fd, CLONE_NEWNET) != 0)
            throw new InvalidOperationException($"setns {Name}: errno {Marshal.GetLastPInvokeError()}");
        _ = close(fd);
    }

    private static void Ip(string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true })!;
        var complaint = process.StandardError.ReadToEnd();
        if (!process.WaitForExit(ToolPatience)) process.Kill();
        if (process.ExitCode != 0) throw new InvalidOperationException($"ip {arguments}: {complaint}");
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setns(int fd, int kind);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int fd);
}
