namespace Sluice.Linux;

/// <summary>What this kernel was seen to do, not what it accepted: found once at start by <see cref="KernelProbe"/>.</summary>
/// <param name="GsoMaxSegments">Datagrams that came out of the largest train that was sent to ourselves; 0 without GSO.</param>
/// <param name="TxTimeHonoured">A datagram with a due time left at that time and not at once.</param>
/// <param name="ReceiveTimestamps">Received datagrams carry the kernel's time of arrival.</param>
/// <param name="EpollPwait2">Waiting has nanosecond timeouts.</param>
/// <param name="PopulateRead">MADV_POPULATE_READ works: mapped pages can be made resident without a signal.</param>
public sealed record KernelCapabilities(
    int GsoMaxSegments, bool TxTimeHonoured, bool ReceiveTimestamps, bool EpollPwait2, bool PopulateRead)
{
    public bool Gso => GsoMaxSegments > 1;

    /// <summary>One line for the start log.</summary>
    public override string ToString() =>
        $"gso {(Gso ? $"{GsoMaxSegments} segments" : "no")}, txtime {(TxTimeHonoured ? "honoured" : "not honoured")}, " +
        $"receive timestamps {YesNo(ReceiveTimestamps)}, epoll_pwait2 {YesNo(EpollPwait2)}, populate read {YesNo(PopulateRead)}";

    private static string YesNo(bool value) => value ? "yes" : "no";
}
