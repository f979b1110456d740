using Sluice.Flow;

namespace Sluice.Tests.Flow;

public class EngineLimitsTests
{
    public static TheoryData<string, EngineLimits> Contradictions => new()
    {
        { "PacketsInFlightMax", new() { PacketsInFlightMax = 255 } },
        { "PacketsInFlightMax", new() { ReceiveBatchMax = 16_384 } },
        { "powers of two", new() { FeedWindowPackets = 8_000 } },
        { "powers of two", new() { ReorderPacketsMax = 500 } },
        { "powers of two", new() { PacerPacketsMax = 0 } },
        { "powers of two", new() { HandOverMax = -8 } },
        { "powers of two", new() { MailboxMax = 3 } },
        { "powers of two", new() { FrameRingBytes = 200_000 } },
        { "1 to 16", new() { TrainPacketsMax = 17 } },
        { "1 to 16", new() { TrainPacketsMax = 0 } },
        { "one UDP message", new() { SlotBytes = 4_096 } },
        { "empty send batch", new() { SendPacketsMax = 15 } },
        { "empty send batch", new() { SendMessagesMax = 8 } },
        { "SendPacketsMax", new() { SendMessagesMax = 2_048 } },
        { "cache line", new() { SlotBytes = 1_500 } },
        { "SlotBytes", new() { SlotBytes = 0 } },
        { "ClientsPerSendLoopMax", new() { ClientsPerSendLoopMax = 0 } },
        { "ReceiveBatchMax", new() { ReceiveBatchMax = 0 } },
        { "LateBoundNs", new() { LateBoundNs = 0 } },
        { "DelayMaxNs", new() { DelayMaxNs = -1 } },
    };

    [Fact]
    public void TheDefaultsAgree() => new EngineLimits().Verify();

    [Theory, MemberData(nameof(Contradictions))]
    public void RefusesAContradictionByName(string word, EngineLimits limits) =>
        Assert.Contains(word, Assert.Throws<ArgumentException>(limits.Verify).Message, StringComparison.Ordinal);
}
