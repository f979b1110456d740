using Sluice.Flow;
using Sluice.Linux;

namespace Sluice.Sim;

public enum PlayerState : byte
{
    Away,

    /// <summary>PLAY was posted; the first packet must carry what was promised.</summary>
    Starting,
    Playing,
    Stopped,
}

/// <summary>A destination that fails: which errno, how often, and in which time.</summary>
public readonly record struct PlayerFault(int Errno, double Rate, long FromNs, long ToNs);

/// <summary>All simulated receivers, column by column: what each was promised and what it got last.</summary>
public sealed class PlayerTable(int capacity)
{
    public readonly PlayerState[] State = new PlayerState[capacity];
    public readonly ClientSpec?[] Spec = new ClientSpec?[capacity];
    public readonly ClientSeat[] Seat = new ClientSeat[capacity];
    public readonly PlayerFault[] Fault = new PlayerFault[capacity];
    public readonly bool[] IsRaw = new bool[capacity];
    public readonly int[] Feed = new int[capacity];
    public readonly long[] DelayNs = new long[capacity];
    public readonly uint[] Ssrc = new uint[capacity];

    /// <summary>When PLAY was posted; when PAUSE or removal was: once its loop has heard that, nothing may come.</summary>
    public readonly long[] StartStep = new long[capacity];
    public readonly long[] StopStep = new long[capacity];
    public readonly bool[] HasLeft = new bool[capacity];
    public readonly ushort[] PromisedSequence = new ushort[capacity];
    public readonly uint[] PromisedTimestamp = new uint[capacity];

    public readonly long[] LastId = new long[capacity];
    public readonly int[] LastSource = new int[capacity];
    public readonly int[] LastEpoch = new int[capacity];
    public readonly ushort[] LastSequence = new ushort[capacity];
    public readonly uint[] LastTimestamp = new uint[capacity];
    public readonly uint[] TimestampOffset = new uint[capacity];
    public readonly long[] LastNs = new long[capacity];

    /// <summary>How far behind its place an instant starter was with its last packet, at most; 0 for one that is in its place.</summary>
    public readonly long[] BehindNs = new long[capacity];

    /// <summary>So many of its last packets came where its delay puts them, and since when.</summary>
    public readonly int[] InPlaceCount = new int[capacity];
    public readonly long[] InPlaceSinceNs = new long[capacity];

    /// <summary>When that was.</summary>
    public readonly long[] BehindSinceNs = new long[capacity];

    /// <summary>The first packet may have been tables that lie before the access point, with which the numbers go on.</summary>
    public readonly bool[] MayHavePreface = new bool[capacity];

    /// <summary>How many began at an access point that lay behind tables.</summary>
    public int Prefaced { get; set; }
    public readonly long[] Received = new long[capacity];

    /// <summary>Packets that came again because they were asked for.</summary>
    public readonly long[] Answered = new long[capacity];

    /// <summary>Packets that reached the engine and never this player while it played.</summary>
    public readonly long[] Missing = new long[capacity];

    /// <summary>The last sender report: wall clock in ns, RTP time, and how many came; whether it said BYE.</summary>
    public readonly long[] ReportWallNs = new long[capacity];
    public readonly uint[] ReportTimestamp = new uint[capacity];
    public readonly int[] Reports = new int[capacity];
    public readonly bool[] SaidBye = new bool[capacity];

    public int Count => State.Length;

    /// <summary>Whether any destination may fail: off in the liveness phase and in speed runs.</summary>
    public bool HasFaults { get; set; }

    /// <summary>The errno that the kernel gives for a message to this player now, 0 for none.</summary>
    public int ErrnoOf(int player, int packets, long nowNs, Chance chance)
    {
        ref readonly var fault = ref Fault[player];
        if (fault.Errno == 0 || nowNs < fault.FromNs || nowNs >= fault.ToNs)
            return 0;
        if (fault.Errno == Errno.EIO && packets == 1)
            return 0;           // a device that cannot segment takes single packets
        return chance.Hits(fault.Rate) ? fault.Errno : 0;
    }

    /// <summary>PLAY: what the first packet must be.</summary>
    public void Start(int player, ushort sequence, uint timestamp, long step)
    {
        (State[player], StartStep[player], StopStep[player]) = (PlayerState.Starting, step, long.MaxValue);
        (PromisedSequence[player], PromisedTimestamp[player]) = (sequence, timestamp);
        (Reports[player], BehindNs[player], InPlaceCount[player], MayHavePreface[player]) = (0, 0, 0, false);
    }

    public void Stop(int player, long step) => (State[player], StopStep[player]) = (PlayerState.Stopped, step);
}
