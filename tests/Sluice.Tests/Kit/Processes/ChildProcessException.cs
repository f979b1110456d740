namespace Sluice.Tests.Kit.Processes;

/// <summary>A child did not do what the test waited for; the message carries the tail of its output.</summary>
internal sealed class ChildProcessException(ChildProcess child, string problem)
    : Exception($"{child.Name} (pid {child.Pid}) {problem}. Its last output:\n{child.Output.Tail()}");
