using System.Net;

namespace Sluice.Linux;

/// <summary>Which of this machine's addresses a datagram will carry: the kernel's own answer.</summary>
public static unsafe class LocalAddress
{
    /// <summary>
    /// The source address towards <paramref name="to"/> of a socket that is opened like this. Nothing is sent: connect(2) of a datagram
    /// socket only looks the route up. False when there is no route, no such device, or the device has no address of the family.
    /// </summary>
    public static bool TryFind(DatagramSocketOptions options, in DatagramAddress to, out IPAddress address, out LinuxError error)
    {
        address = IPAddress.None;
        if (!DatagramSocket.TryOpen(options, out var socket, out error)) return false;
        using (socket)
        {
            fixed (DatagramAddress* target = &to)   // sound: pinned for the call, and the kernel only reads
            {
                if (Libc.connect(socket.Handle, target, (uint)to.Length) != 0)
                {
                    error = LinuxError.Last("connect", $"there is no route to {to.ToIPAddress()}");
                    return false;
                }
            }
            address = socket.LocalAddress.ToIPAddress();
            return true;
        }
    }
}
