using System.Buffers;
using System.Net.Sockets;
using Sluice.Control.Assets;
using Sluice.Control.Rtsp.Pull;
using Sluice.Store;

namespace Sluice.Host.Assets;

/// <summary>
/// Brings one object from an upstream server: asks for what is missing until it is whole, goes on after every break, begins anew when the object has changed.
/// </summary>
internal sealed class AssetPull(AssetDesk desk, UpstreamClient client, AssetWork work)
{
    /// <summary>Connections in a row that brought nothing: then the server is left alone, until somebody asks for the asset again.</summary>
    private const int FruitlessMax = 8;
    private const int ReadBytes = 128 << 10;

    private readonly PullBackoff _backoff = new(work.Asset.Name.Length + (int)work.Asset.Meta.Created.Ticks);
    private readonly byte[] _buffer = new byte[ReadBytes];
    private int _fruitless;
    private AssetWork _work = work;

    /// <summary>Runs until it is whole, given up, or the engine ends; then gives the writing back.</summary>
    public async Task RunAsync()
    {
        string? problem = null;
        try
        {
            while (!desk.Stopping.IsCancellationRequested && await TryOnceAsync() is { } trouble)
            {
                problem = trouble.Reason;
                if (trouble.IsFinal)
                    break;
                var waitNs = trouble.IsRestart ? 0 : _backoff.NextNs(0, isRefused: false);
                desk.Log.AssetPullBroke(_work.Asset.Name, trouble.Reason, waitNs / 1e9);
                await Task.Delay(TimeSpan.FromSeconds(waitNs / 1e9), desk.Stopping);
            }
        }
        catch (OperationCanceledException) when (desk.Stopping.IsCancellationRequested)
        {
            problem = null;         // gone on with at the next start
        }
        finally
        {
            await EndAsync(problem);
        }
    }

    private readonly record struct Trouble(string Reason, bool IsFinal = false, bool IsRestart = false);

    private async Task EndAsync(string? problem)
    {
        var asset = _work.Asset;
        if (problem is not null && asset.State == AssetState.Incomplete)
        {
            Interlocked.Increment(ref desk.Counters.Failed);
            desk.Log.TransferEnded(asset.Name, problem);
            await _work.SaveAsync(asset.Meta with { Problem = problem });
        }
        await desk.EndAsync(_work, isKeptOpen: false);
    }

    // One connection. Null when the asset is whole.
    private async Task<Trouble?> TryOnceAsync()
    {
        var before = _work.Taken;
        Trouble? trouble;
        try
        {
            trouble = await AskAsync();
        }
        catch (UpstreamForbiddenException e)
        {
            return new(e.Message, IsFinal: true);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or SocketException)
        {
            trouble = new(Short(e));
        }
        catch (OperationCanceledException) when (!desk.Stopping.IsCancellationRequested)
        {
            trouble = new($"nothing came for {desk.Config.StallNs / 1e9:0.#} s");
        }
        if (trouble is not { } said)
            return null;
        Interlocked.Increment(ref desk.Counters.PullBreaks);
        if (_work.Asset.State == AssetState.Incomplete && !said.IsRestart)
            await _work.ParkAsync();
        _fruitless = _work.Taken > before ? 0 : _fruitless + 1;
        return _fruitless < FruitlessMax ? said : said with { IsFinal = true };
    }

    private async Task<Trouble?> AskAsync()
    {
        var meta = _work.Asset.Meta;
        var offset = _work.Taken;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(desk.Stopping);
        patience.CancelAfter(Stall);
        using var answer = await client.GetAsync(new Uri(meta.Source), request => Prepare(request, meta, offset), patience.Token);
        var head = HeadOf(answer);
        var known = meta.ETag is null && meta.LastModified is null ? null
            : new UpstreamHead { Status = 200, ETag = meta.ETag, LastModified = meta.LastModified, RangeLength = meta.Length };
        var decision = UpstreamDecision.Judge(head, offset, known);
        switch (decision.Step)
        {
            case UpstreamStep.Whole:
                return await FinishAsync(decision.Length);
            case UpstreamStep.Restart:
                return await RestartAsync(decision.Reason);
            case UpstreamStep.Retry or UpstreamStep.GiveUp:
                return new(decision.Reason, decision.Step == UpstreamStep.GiveUp);
        }
        if (decision.Length > desk.Config.AssetSizeBytes)
            return new(desk.ProblemOf(AssetRefusal.TooLarge).Detail, IsFinal: true);
        await _work.SaveAsync(meta with { ETag = head.ETag, LastModified = head.LastModified, Length = decision.Length ?? meta.Length, Problem = null });
        return await CopyAsync(answer, decision, patience);
    }

    private async Task<Trouble?> CopyAsync(HttpResponseMessage answer, UpstreamDecision decision, CancellationTokenSource patience)
    {
        await using var body = await answer.Content.ReadAsStreamAsync(patience.Token);
        for (var skip = decision.Skip; ;)
        {
            patience.CancelAfter(Stall);
            var got = await body.ReadAsync(_buffer, patience.Token);
            if (got == 0)
                break;
            var known = (int)Math.Min(skip, got);
            skip -= known;
            if (known < got && await _work.TakeAsync(new ReadOnlySequence<byte>(_buffer, known, got - known)) is { } problem)
                return new(problem.Detail, IsFinal: true);
        }
        return decision.Length is { } length && _work.Taken < length ? new("the connection ended before the object did") : await FinishAsync(decision.Length);
    }

    private async Task<Trouble?> FinishAsync(long? length)
    {
        if (length is not null && length != _work.Asset.Meta.Length)
            await _work.SaveAsync(_work.Asset.Meta with { Length = length });
        return await _work.FinishAsync() is { } problem ? new(problem.Detail, IsFinal: true) : null;
    }

    // What is here is of an object that is no more.
    private async Task<Trouble?> RestartAsync(string reason)
    {
        Interlocked.Increment(ref desk.Counters.PullRestarts);
        var meta = _work.Asset.Meta with { ETag = null, LastModified = null, Length = null, Media = null, Format = "", DurationNs = 0 };
        await _work.DiscardAsync();
        await desk.EndAsync(_work, isKeptOpen: false);
        var (begun, problem) = await desk.BeginAsync(meta, isNew: true);
        if (begun is null)
        {
            Interlocked.Increment(ref desk.Counters.Running);      // given back at the end of the run
            return new(problem.Detail, IsFinal: true);
        }
        _work = begun;
        return new(reason, IsRestart: true);
    }

    private TimeSpan Stall => TimeSpan.FromTicks(desk.Config.StallNs / 100);

    private static void Prepare(HttpRequestMessage request, AssetMeta meta, long offset)
    {
        if (offset == 0)
            return;
        request.Headers.TryAddWithoutValidation("Range", $"bytes={offset}-");
        // Only strong validators compare ranges (RFC 9110 §13.1.5).
        if (meta.ETag is { } tag && !tag.StartsWith("W/", StringComparison.Ordinal))
            request.Headers.TryAddWithoutValidation("If-Range", tag);
        else if (meta.LastModified is { } date)
            request.Headers.TryAddWithoutValidation("If-Range", date);
    }

    private static UpstreamHead HeadOf(HttpResponseMessage answer)
    {
        var content = answer.Content.Headers;
        return new UpstreamHead
        {
            Status = (int)answer.StatusCode,
            BodyLength = content.ContentLength,
            RangeFrom = content.ContentRange?.From,
            RangeLength = content.ContentRange?.Length,
            ETag = answer.Headers.ETag?.ToString(),
            LastModified = content.LastModified?.ToString("R"),
            IsEncoded = content.ContentEncoding.Any(coding => coding != "identity"),
        };
    }

    private static string Short(Exception e) => (e.InnerException as SocketException ?? e).Message.TrimEnd('.');
}
