namespace Sluice.Linux;

/// <summary>What the control messages of one received datagram say (cmsg(3)).</summary>
internal readonly record struct ControlReader(long WallNs, uint QueueOverflow, int SegmentSize)
{
    internal static unsafe ControlReader Read(ReadOnlySpan<byte> control)
    {
        fixed (byte* start = control) return Read(start, control.Length);   // sound: pinned for the call
    }

    internal static unsafe ControlReader Read(byte* control, int length)
    {
        long wallNs = 0;
        uint overflow = 0;
        var segmentSize = 0;
        // sound: the kernel wrote `length` bytes of whole, 8-byte aligned messages; each header is checked against what is left
        while (length >= sizeof(cmsghdr))
        {
            var header = (cmsghdr*)control;
            if (header->cmsg_len < (nuint)sizeof(cmsghdr) || header->cmsg_len > (nuint)length) break;
            var data = control + sizeof(cmsghdr);
            if (header->cmsg_level == SocketOption.SOL_SOCKET && header->cmsg_type == SocketOption.SO_TIMESTAMPNS)
                wallNs = ((timespec*)data)->ToNs();
            else if (header->cmsg_level == SocketOption.SOL_SOCKET && header->cmsg_type == SocketOption.SO_RXQ_OVFL)
                overflow = *(uint*)data;
            else if (header->cmsg_level == SocketOption.SOL_UDP && header->cmsg_type == SocketOption.UDP_GRO)
                segmentSize = *(int*)data;
            var step = ((int)header->cmsg_len + 7) & ~7;
            control += step;
            length -= step;
        }
        return new(wallNs, overflow, segmentSize);
    }
}
