using System.Buffers;
using System.IO.Pipelines;
using Sluice.Flow;
using Sluice.Linux;

namespace Sluice.Host.Rtsp;

/// <summary>
/// The outgoing half of one RTSP connection: replies of the request loop and interleaved frames of the send thread, never
/// one inside the other. A peer that does not read fills its own socket and its own ring, and nothing else.
/// </summary>
internal sealed class FrameWriter(PipeWriter output) : IDisposable
{
    /// <summary>
    /// A second of a 2 Mbit/s stream: longer than the pauses of a player that works, short enough that what a
    /// stalled one gets afterwards is not of yesterday (reliability.md: 256 KiB for each framed client).
    /// </summary>
    public const int RingBytes = 256 << 10;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Doorbell _bell = new();
    private FrameRing? _frames;
    private long _blockedSinceNs;

    /// <summary>Made at first use: most connections have no interleaved client. The connection's task.</summary>
    public FrameRing Frames
    {
        get
        {
            if (_frames is null)
                Volatile.Write(ref _frames, new FrameRing(RingBytes));
            return _frames;
        }
    }

    public bool HasFrames => Volatile.Read(ref _frames) is not null;

    /// <summary>How long the peer has taken nothing although something waits for it, in ns; 0 = it takes.</summary>
    public long BlockedForNs(MonotonicTime now)
    {
        var since = Volatile.Read(ref _blockedSinceNs);
        return since == 0 ? 0 : now.Ns - since;
    }

    /// <summary>Pump thread: have <see cref="RunAsync"/> look, if there is anything to see.</summary>
    public void WakeIfWaiting()
    {
        if (Volatile.Read(ref _frames) is { Count: > 0 })
            _bell.Ring();
    }

    /// <summary>Ends <see cref="RunAsync"/>, whatever it waits for.</summary>
    public void Close()
    {
        _bell.Close();
        output.CancelPendingFlush();
    }

    /// <summary>Sends a reply, whole, between two frames. False when the connection is gone.</summary>
    public async ValueTask<bool> SendAsync(ArrayBufferWriter<byte> reply, CancellationToken closed)
    {
        if (reply.WrittenCount == 0)
            return true;
        await _turn.WaitAsync(closed);
        try
        {
            output.Write(reply.WrittenSpan);
            reply.ResetWrittenCount();
            return await FlushAsync(closed);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Moves frames from the ring to the connection until <see cref="Close"/> or its end. One task a connection.</summary>
    public async Task RunAsync(CancellationToken closed)
    {
        try
        {
            while (await _bell.WaitAsync() && await DrainAsync(Frames, closed)) ;
        }
        catch (OperationCanceledException)
        {
            // The connection closed.
        }
    }

    /// <summary>Writes what is still in the ring, whether or not anybody rang for it, unless the peer takes nothing meanwhile.</summary>
    public async Task FinishAsync(TimeSpan atMost, CancellationToken closed)
    {
        if (Volatile.Read(ref _frames) is not { Count: > 0 } frames)
            return;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(closed);
        limit.CancelAfter(atMost);
        try
        {
            await DrainAsync(frames, limit.Token);
        }
        catch (OperationCanceledException)
        {
            // It took nothing; the ring goes with the connection.
        }
    }

    /// <summary>After <see cref="RunAsync"/>: the ring is not read any more.</summary>
    public void Dispose()
    {
        _turn.Dispose();
        _frames?.LetGo();
    }

    private async ValueTask<bool> DrainAsync(FrameRing frames, CancellationToken closed)
    {
        await _turn.WaitAsync(closed);
        try
        {
            // Frames enter whole, so what is counted now ends with a frame, and a reply may follow it.
            for (var left = frames.Count; left > 0;)
            {
                var piece = frames.Peek();
                piece = piece[..Math.Min(piece.Length, left)];
                output.Write(piece);
                frames.Advance(piece.Length);
                left -= piece.Length;
            }
            return await FlushAsync(closed);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async ValueTask<bool> FlushAsync(CancellationToken closed)
    {
        var flush = output.FlushAsync(closed);
        if (flush.IsCompletedSuccessfully)
            return !flush.Result.IsCompleted;
        Volatile.Write(ref _blockedSinceNs, SystemClock.Now.Ns);
        try
        {
            return !(await flush).IsCompleted;
        }
        finally
        {
            Volatile.Write(ref _blockedSinceNs, 0);
        }
    }
}
