using System.Runtime.InteropServices;

namespace Sluice.Tests.Linux.Sockets;

/// <summary>Finds one control message by level and type; written apart from the engine's own reader.</summary>
internal static class ControlMessage
{
    internal static int? Int(ReadOnlySpan<byte> control, int level, int type)
    {
        while (control.Length >= 16)
        {
            var length = (int)MemoryMarshal.Read<long>(control);
            if (MemoryMarshal.Read<int>(control[8..]) == level && MemoryMarshal.Read<int>(control[12..]) == type)
                return MemoryMarshal.Read<int>(control[16..]);
            control = control[Math.Min((length + 7) & ~7, control.Length)..];
        }
        return null;
    }
}
