namespace Sluice.Sim;

/// <summary>What became of a world, for people.</summary>
internal static class Summary
{
    public static void Print(World world, double wallSeconds)
    {
        var virtualSeconds = (world.NowNs - world.Plan.StartNs) / 1e9;
        Console.WriteLine($"trace {world.Trace:x16}");
        Console.WriteLine($"{virtualSeconds:F1} virtual s in {wallSeconds:F2} s: {virtualSeconds / wallSeconds:F0} x; "
            + $"{world.Media.Datagrams} datagrams ({world.Media.Datagrams / wallSeconds / 1e6:F2} M/s), "
            + $"{world.Passes} passes, {world.Events} events ({world.Events / wallSeconds / 1e6:F2} M/s), {world.Reports} reports");
        for (var i = 0; i < world.Plan.Sources.Count; i++)
        {
            var c = world.Engine.SourceCounters(i);
            Console.WriteLine($"  source {i}: {c.Packets} packets, lost {c.Lost}, duplicates {c.Duplicates}, reordered {c.Reordered}, "
                + $"late {c.Late}, malformed {c.Malformed}, type {c.WrongPayloadType}, foreign {c.ForeignSender}, "
                + $"probation {c.Probation}, jumps {c.Jumps}, restarts {c.Restarts}, ssrc {c.SsrcChanges}, slab {c.SlabFull}");
        }
        for (var i = 0; i < world.Plan.Feeds.Count; i++)
        {
            var c = world.Engine.FeedCounters(i);
            Console.WriteLine($"  feed {i}: {c.Packets} packets, {c.Trains} trains, {c.Departures} departures, "
                + $"unpaced {c.Unpaced}, resets {c.ClockResets}, standby {c.Standby}, window {c.WindowFull}, breaks {c.Discontinuities}");
        }
        foreach (var send in world.Engine.Sends)
        {
            var c = send.Counters;
            Console.WriteLine($"  send: {c.Packets} packets, {c.Messages} messages, {c.Batches} batches, "
                + $"late {c.LateDropped}, overrun {c.WindowOverrun}, full {c.SocketFull}, long {c.TooLong}, unreachable {c.Unreachable}, "
                + $"refused {c.Refused}, forbidden {c.Forbidden}, other {c.OtherErrors}, gso off {c.SegmentationOff}");
        }
    }
}
