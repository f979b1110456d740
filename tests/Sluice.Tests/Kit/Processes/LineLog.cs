namespace Sluice.Tests.Kit.Processes;

/// <summary>What a child printed: one line with the stream it came from and the time since the child started.</summary>
internal readonly record struct OutputLine(TimeSpan At, bool IsError, string Text)
{
    public override string ToString() => $"{At.TotalSeconds,7:0.000} {(IsError ? "err" : "out")} {Text}";
}

/// <summary>
/// The last lines of a child's output, bounded, and the way to wait for one. Counters must subscribe to
/// <see cref="Line"/>: they see every line, the log keeps only the newest. Any thread.
/// </summary>
internal sealed class LineLog(int linesMax = 4000)
{
    private readonly object _gate = new();
    private readonly Queue<OutputLine> _lines = new();
    private readonly List<(Func<string, bool> Wanted, TaskCompletionSource<OutputLine> Found)> _waiters = [];

    /// <summary>Raised for every line, under the log's lock, so that counters need none of their own.</summary>
    public event Action<OutputLine>? Line;

    public void Add(OutputLine line)
    {
        lock (_gate)
        {
            if (_lines.Count == linesMax) _lines.Dequeue();
            _lines.Enqueue(line);
            Line?.Invoke(line);
            foreach (var waiter in _waiters.Where(w => w.Wanted(line.Text))) waiter.Found.TrySetResult(line);
            _waiters.RemoveAll(w => w.Found.Task.IsCompleted);
        }
    }

    /// <summary>Completes with the first line, kept or still to come, that is wanted.</summary>
    public Task<OutputLine> FirstAsync(Func<string, bool> wanted)
    {
        lock (_gate)
        {
            foreach (var line in _lines)
                if (wanted(line.Text)) return Task.FromResult(line);
            var found = new TaskCompletionSource<OutputLine>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((wanted, found));
            return found.Task;
        }
    }

    public OutputLine[] Snapshot()
    {
        lock (_gate) return [.. _lines];
    }

    /// <summary>The last lines as text for a failure message.</summary>
    public string Tail(int lines = 40)
    {
        lock (_gate) return string.Join('\n', _lines.Skip(Math.Max(0, _lines.Count - lines)));
    }
}
