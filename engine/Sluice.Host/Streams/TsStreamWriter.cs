using System.IO.Pipelines;
using Sluice.Control.Configuration;
using Sluice.Flow;
using Sluice.Host.Rtsp;
using Sluice.Linux;
using Sluice.Wire.MpegTs;

namespace Sluice.Host.Streams;

/// <summary>Why a viewer's stream came to its end.</summary>
internal enum StreamEnd
{
    /// <summary>The viewer closed its connection.</summary>
    Left,

    /// <summary>The engine ended the client.</summary>
    Gone,

    /// <summary>It took less than the channel has, and such readers are to be dropped.</summary>
    Slow,

    /// <summary>It took nothing at all for <see cref="TsStreamWriter.StallMaxNs"/>.</summary>
    Stalled,
}

/// <summary>
/// Moves one viewer's transport packets from its ring to its connection: one task a connection, with back-pressure. A
/// viewer that does not read fills its own ring and nothing else. What is written is always whole packets.
/// </summary>
internal sealed class TsStreamWriter : IFrameSink, IDisposable
{
    /// <summary>
    /// A player that is paused for so long has lost its picture anyway; until then it holds one ring and one socket buffer.
    /// </summary>
    public const long StallMaxNs = 30_000_000_000;

    /// <summary>Whole packets below 64 KiB, which is what Kestrel takes before it wants to be waited for: more would wait there unseen.</summary>
    private const int RoundBytes = 348 * TsPacket.Size;

    private readonly PipeWriter _output;
    private readonly FrameRing _ring;
    private readonly SlowReader _slow;
    private readonly StreamCounters _counters;
    private readonly CancellationTokenSource _over;
    private readonly Doorbell _bell = new();
    private readonly CancellationTokenRegistration _closing;
    private int _end = (int)StreamEnd.Left;
    private long _blockedSinceNs;
    private volatile bool _isFinishing;

    public TsStreamWriter(PipeWriter output, FrameRing ring, SlowReader slow, StreamCounters counters, CancellationToken left)
    {
        (_output, _ring, _slow, _counters) = (output, ring, slow, counters);
        _over = CancellationTokenSource.CreateLinkedTokenSource(left);
        _closing = _over.Token.UnsafeRegister(static bell => ((Doorbell)bell!).Close(), _bell);
    }

    /// <summary>Whether the peer has not taken what was written to it.</summary>
    public bool IsBlocked => Volatile.Read(ref _blockedSinceNs) != 0;

    /// <summary>Pump thread: wakes <see cref="RunAsync"/>, and judges a reader that keeps it waiting.</summary>
    public void Look(MonotonicTime now)
    {
        var since = Volatile.Read(ref _blockedSinceNs);
        if (_slow == SlowReader.Drop && _ring.IsCut)
            End(StreamEnd.Slow);
        else if (since != 0 && now.Ns - since > StallMaxNs)
            End(StreamEnd.Stalled);
        else if (_ring.Count > 0)
            _bell.Ring();
    }

    /// <summary>Any thread: ends the stream; the first reason stays. Does not wait.</summary>
    public void End(StreamEnd why)
    {
        if (Interlocked.CompareExchange(ref _end, (int)why, (int)StreamEnd.Left) == (int)StreamEnd.Left)
            _ = _over.CancelAsync();
    }

    /// <summary>Any thread: nothing more comes into the ring; the stream ends with what is in it.</summary>
    public void Finish()
    {
        _isFinishing = true;
        _bell.Ring();
    }

    /// <summary>Writes until the viewer leaves or is ended. One task a connection.</summary>
    public async Task<StreamEnd> RunAsync()
    {
        try
        {
            while (await _bell.WaitAsync() && await DrainAsync()) ;
        }
        catch (OperationCanceledException)
        {
            // It left or was ended: _end tells.
        }
        return (StreamEnd)_end;
    }

    /// <summary>After <see cref="RunAsync"/>: the ring is not read any more.</summary>
    public void Dispose()
    {
        _closing.Dispose();
        _over.Dispose();
        _ring.LetGo();
    }

    // Packets enter the ring whole and rounds are whole packets, so a cut between two rounds tears none.
    private async ValueTask<bool> DrainAsync()
    {
        while (true)
        {
            if (_ring.DiscardCut() is > 0 and var discarded)
                Interlocked.Add(ref _counters.DiscardedBytes, discarded);
            var left = Math.Min(_ring.Count, RoundBytes);
            if (left == 0)
                return !_isFinishing;
            while (left > 0)
            {
                var piece = _ring.Peek();
                piece = piece[..Math.Min(piece.Length, left)];
                System.Buffers.BuffersExtensions.Write(_output, piece);
                _ring.Advance(piece.Length);
                left -= piece.Length;
            }
            if (!await FlushAsync())
                return false;
        }
    }

    private async ValueTask<bool> FlushAsync()
    {
        var flush = _output.FlushAsync(_over.Token);
        if (flush.IsCompletedSuccessfully)
            return !flush.Result.IsCompleted;
        Volatile.Write(ref _blockedSinceNs, SystemClock.Now.Ns);
        var result = await flush;
        Volatile.Write(ref _blockedSinceNs, 0);
        return !result.IsCompleted;
    }
}
