namespace Sluice.Tests.EndToEnd;

/// <summary>
/// The tests that measure real time or start many clients. They run one after the other and beside no other test, so that a busy
/// test machine is not taken for a fault of the engine.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class QuietMachine
{
    public const string Name = "quiet machine";
}
