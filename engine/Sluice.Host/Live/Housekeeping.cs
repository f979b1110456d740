using Sluice.Control;
using Sluice.Control.Status;
using Sluice.Flow;
using Sluice.Linux;

namespace Sluice.Host.Live;

/// <summary>
/// What the control plane does once a second: follows the wall clock, measures rates, learns what sources send, ends clients
/// that said BYE or fell silent, joins silent groups again, and keeps the list of alarms.
/// </summary>
internal sealed class Housekeeping : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly LiveEngine _engine;
    private readonly StatusView _view;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _task;
    private readonly SourceWatch[] _watches;
    private readonly Dictionary<LiveChannel, SourceWatch> _relays = [];
    private readonly Dictionary<(string Code, string? Channel, string? Source), Alarm> _raised = [];
    private volatile IReadOnlyList<Alarm> _alarms = [];

    public Housekeeping(LiveEngine engine, StatusView view, ILogger log)
    {
        (_engine, _view, _log) = (engine, view, log);
        _watches = [.. engine.Channels.SelectMany(channel => channel.Sources.Select(source => new SourceWatch(channel, source)))];
        _task = RunAsync(_stop.Token);
    }

    /// <summary>What is wrong now, worst first.</summary>
    public IReadOnlyList<Alarm> Alarms => _alarms;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _task;
        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Period);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
                Tick(SystemClock.Now);
        }
        catch (OperationCanceledException)
        {
            // The engine stops.
        }
    }

    private void Tick(MonotonicTime now)
    {
        if (_engine.Clock.Follow(SystemClock.WallMinusMonotonicNs()))
            _log.WallClockStepped();
        _view.Measure(now);
        _engine.Store?.Measure(now);
        foreach (var channel in _engine.Channels)
            if (channel.Learn(_engine.Core))
            {
                _log.StreamKnown(channel.Name, channel.Media.EncodingName, channel.Media.PayloadType);
                _engine.Streams.EndUnwatchable(channel);
                _engine.Core.Store?.SetMedia(channel.Feed, LiveStore.MediaOf(channel.Tracks[0]));
            }
        foreach (var client in _engine.Clients.All)
            if (HasEnded(client, now))
                _engine.RemoveClient(client.Id);
        _engine.Core.Desk.TakeBack();
        foreach (var watch in _watches)
            watch.Look(_engine, now, _log);
        LookAtRelays(now);
        _engine.Loops.Tick(now);
        _engine.Replays.Follow(now);
        _engine.Descriptions.KeepOnlyPresent();
        _engine.Sap?.Tick(now);
        _alarms = Collect(now);
    }

    private static bool HasEnded(LiveClient client, MonotonicTime now)
    {
        var progress = client.Spec.Progress;
        MonotonicTime? heard = Volatile.Read(ref progress.LastHeardNs) is not 0 and var ns ? new MonotonicTime(ns) : null;
        return ClientLife.HasEnded(client.IsSession, Volatile.Read(ref progress.SaidBye), client.TimeoutNs, heard, now);
    }

    private void LookAtRelays(MonotonicTime now)
    {
        if (_engine.Relays is not { } relays)
            return;
        var joined = relays.Channels;
        foreach (var left in _relays.Keys.Where(channel => !joined.Contains(channel)).ToList())
            _relays.Remove(left);
        foreach (var channel in joined)
            if (!_relays.ContainsKey(channel))
                _relays.Add(channel, new SourceWatch(channel, channel.Sources[0], now.Ns));
        foreach (var watch in _relays.Values)
            watch.Look(_engine, now, _log);
    }

    private IReadOnlyList<Alarm> Collect(MonotonicTime now)
    {
        var wrong = _watches.Where(watch => watch.IsSilent(_engine, now)).Select(watch => watch.Alarm(_engine.FindIntake(watch.Source)?.Status(now).LastError))
            .Concat(_watches.Where(watch => watch.IsLooped(_engine, now)).Select(watch => watch.LoopAlarm()))
            .Concat(_relays.Values.Where(watch => watch.IsSilent(_engine, now)).Select(watch => watch.Alarm(null)))
            .Concat(_engine.Store?.Alarms(now) ?? []).Concat(_engine.Loops.Alarms()).Concat(_engine.Assets?.Alarms() ?? []).ToList();
        foreach (var alarm in wrong)
            if (_raised.TryAdd(Key(alarm), alarm))
                _log.AlarmRaised(alarm.Code, alarm.Channel ?? "-", alarm.Message);
        foreach (var key in _raised.Keys.Where(key => !wrong.Exists(alarm => Key(alarm) == key)).ToList())
        {
            _raised.Remove(key);
            _log.AlarmCleared(key.Code, key.Channel ?? "-", key.Source ?? "-");
        }
        return [.. _raised.Values.OrderByDescending(alarm => alarm.Severity)];
    }

    // Each of a channel's sources has an alarm of its own.
    private static (string Code, string? Channel, string? Source) Key(Alarm alarm) => (alarm.Code, alarm.Channel, alarm.Source);
}
