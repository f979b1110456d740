using System.Runtime.InteropServices;

namespace Sluice.Linux;

/// <summary>The network devices of this machine (of this thread's network namespace), by name.</summary>
public static unsafe class NetworkInterfaces
{
    /// <summary>The index of a device; 0, which means "any", when the name is null.</summary>
    public static bool TryIndex(string? name, out uint index, out LinuxError error)
    {
        (index, error) = (0, default);
        if (name is null) return true;
        index = Libc.if_nametoindex(name);
        if (index != 0) return true;
        var advice = $"no interface named {name}; this machine has: {string.Join(", ", Names())}";
        error = new LinuxError(Errno.ENODEV, "if_nametoindex") { Advice = advice };
        return false;
    }

    public static IReadOnlyList<string> Names()
    {
        var names = new List<string>();
        var list = Libc.if_nameindex();
        // sound: the list ends with an entry of index 0, and is freed once
        for (var entry = list; entry != null && entry->if_index != 0; entry++)
            names.Add(Marshal.PtrToStringUTF8((nint)entry->if_name) ?? "?");
        if (list != null) Libc.if_freenameindex(list);
        return names;
    }
}
