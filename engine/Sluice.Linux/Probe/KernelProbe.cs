namespace Sluice.Linux;

/// <summary>
/// Finds out at start what the kernel really does, by doing it on loopback; a device can be asked too. Takes a few milliseconds (100 at
/// most), on any thread; nothing stays open.
/// </summary>
public static unsafe class KernelProbe
{
    public static KernelCapabilities Run()
    {
        var (txTime, timestamps, pwait2) = LoopbackProbe.Run();
        return new KernelCapabilities(Math.Max(GsoProbe.OnLoopback(), 0), txTime, timestamps, pwait2, PopulateRead());
    }

    /// <summary>
    /// The longest train that a device's stack takes: 0 when it refuses trains (EIO), -errno when it cannot be asked, for want of such a
    /// device or of its IPv4 side. Nothing is put on the wire.
    /// </summary>
    public static int GsoMaxSegmentsOn(string device) => device == "lo" ? GsoProbe.OnLoopback() : GsoProbe.OnDevice(device);

    private static bool PopulateRead()
    {
        using var page = new NativeBuffer(1, prefault: false);
        return Libc.madvise((void*)page.Address, (nuint)page.Length, Libc.MADV_POPULATE_READ) == 0;   // sound: our own page
    }
}
