using System.CommandLine;
using Sluice.Host.Commands.Keep;
using Sluice.Host.Web;

namespace Sluice.Host.Commands.Objects;

/// <summary>Gives the engine an order to make an asset, and waits until it is whole.</summary>
internal static class OrderWatch
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);

    /// <summary>Looks at one that nobody writes and nothing is wrong with, until it is given up.</summary>
    private const int IdleMax = 20;

    internal static Option<bool> NoWait() => new("--no-wait") { Description = "Do not wait until the asset is whole." };

    public static async Task<int> RunAsync(
        AssetClient client, string name, AssetOrder order, bool waits, InvocationConfiguration console, CancellationToken stop)
    {
        await client.OrderAsync(name, order, stop);
        if (waits)
            return await WaitAsync(client, name, console, stop);
        console.Output.WriteLine($"{name} is on its way: see sluice asset ls");
        return ExitCode.Ok;
    }

    private static async Task<int> WaitAsync(AssetClient client, string name, InvocationConfiguration console, CancellationToken stop)
    {
        Progress? progress = null;
        try
        {
            // One that is begun anew is gone for a moment.
            for (var idle = 0; idle < IdleMax; await Task.Delay(s_look, stop))
            {
                var asset = await client.FindAsync(name, stop);
                progress ??= Progress.For(console.Error, "taken", asset?.Length ?? 0);
                progress.Tell(asset?.Bytes ?? 0);
                idle = asset?.State == "writing" ? 0 : idle + 1;
                if (asset?.State == "complete" || asset?.Problem is not null)
                    progress.Done();
                if (asset?.State == "complete")
                {
                    console.Output.WriteLine($"{name} is whole: {Progress.Size(asset.Bytes)}, {AssetCommand.Seconds(asset.Seconds)}");
                    return ExitCode.Ok;
                }
                if (asset is { Problem: { } problem, State: not "writing" })
                    throw new AssetRefusedException($"{name}: {problem}");
            }
            throw new AssetRefusedException($"{name} is not gone on with; the engine's log says why");
        }
        catch (OperationCanceledException)
        {
            progress?.Done();
            console.Error.WriteLine($"sluice: waited no longer; the engine goes on with {name}: see sluice asset ls");
            return ExitCode.Failed;
        }
    }
}
