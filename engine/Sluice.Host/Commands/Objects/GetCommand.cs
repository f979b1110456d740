using System.CommandLine;
using System.Net;
using System.Security.Cryptography;
using Sluice.Control.Assets;
using Sluice.Host.Commands.Keep;

namespace Sluice.Host.Commands.Objects;

/// <summary><c>sluice asset get</c>: the file as it was brought.</summary>
internal static class GetCommand
{
    private const int BlockBytes = 1 << 20;

    private sealed record Order(string Name, string Out, bool MayReplace);

    public static Command Build()
    {
        var name = AssetCommand.Asset();
        var force = new Option<bool>("--force") { Description = "Replace OUT when it exists." };
        var target = new Argument<string?>("OUT")
        {
            Description = "The file to make, or - for standard output; otherwise NAME.ts.", Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new Command("get", """
            Take an asset back as a file, byte for byte as it was brought. After a break the command, given once more, goes on where it was; the file
            appears under its name when it is whole and has the asset's digest.
            Example: sluice asset get film
            """) { force, name, target };
        return AssetCommand.Asking(command, (parsed, client, stop) =>
        {
            var (asset, console) = (parsed.GetRequiredValue(name), parsed.InvocationConfiguration);
            return AssetCommand.IsName(asset, console.Error)
                ? RunAsync(client, new Order(asset, parsed.GetValue(target) ?? asset + ".ts", parsed.GetValue(force)), console, stop)
                : Task.FromResult(ExitCode.Usage);
        });
    }

    private static async Task<int> RunAsync(AssetClient client, Order order, InvocationConfiguration console, CancellationToken stop)
    {
        if (order.Out != "-" && File.Exists(order.Out) && !order.MayReplace)
        {
            console.Error.WriteLine($"sluice: {order.Out} exists; name another file, or say --force");
            return ExitCode.Usage;
        }
        var (length, digest) = await client.HeadAsync(order.Name, stop);
        var part = order.Out + ".part";
        string got;
        await using (var target = order.Out == "-" ? Console.OpenStandardOutput() : new FileStream(part, FileMode.OpenOrCreate, FileAccess.ReadWrite))
            got = await CopyAsync(client, order.Name, target, length, console, stop);
        if (digest is { Length: > 0 } && digest != got)
        {
            if (order.Out != "-")
                File.Delete(part);
            throw new AssetRefusedException($"what came is not what the engine has of {order.Name}; it is thrown away: say it once more");
        }
        if (order.Out != "-")
            File.Move(part, order.Out, overwrite: true);
        console.Error.WriteLine($"{order.Name} is in {order.Out}");
        return ExitCode.Ok;
    }

    // Returns the digest of all of it, what an earlier run had brought included.
    private static async Task<string> CopyAsync(
        AssetClient client, string name, Stream target, long length, InvocationConfiguration console, CancellationToken stop)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = new byte[BlockBytes];
        int read;
        if (target is FileStream { Length: > 0 } begun)
            while ((read = await begun.ReadAsync(block, stop)) > 0)
                hash.AppendData(block.AsSpan(0, read));
        var from = target is FileStream { CanSeek: true } file ? file.Position : 0;
        if (from > 0 && from == length)
            return UploadRequest.Format(hash.GetHashAndReset());
        using var answer = await client.GetAsync(name, from, stop);
        if (from > 0 && answer.StatusCode != HttpStatusCode.PartialContent)
            throw new AssetRefusedException("the engine does not go on where it was; delete the .part file and say it once more");
        var (done, progress) = (from, Progress.For(console.Error, "taken", from + (answer.Content.Headers.ContentLength ?? 0)));
        await using var body = await answer.Content.ReadAsStreamAsync(stop);
        for (; (read = await body.ReadAsync(block, stop)) > 0; progress.Tell(done += read))
        {
            hash.AppendData(block.AsSpan(0, read));
            await target.WriteAsync(block.AsMemory(0, read), stop);
        }
        progress.Done();
        return UploadRequest.Format(hash.GetHashAndReset());
    }
}
