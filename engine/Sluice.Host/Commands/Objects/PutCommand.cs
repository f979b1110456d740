using System.CommandLine;
using System.Net;
using System.Security.Cryptography;
using Sluice.Control.Assets;
using Sluice.Host.Commands.Keep;

namespace Sluice.Host.Commands.Objects;

/// <summary><c>sluice asset put</c>: a file becomes an asset.</summary>
internal static class PutCommand
{
    /// <summary>Breaks in a row, without a byte between them, until it is given up.</summary>
    private const int BreaksMax = 10;
    private const int BlockBytes = 1 << 20;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);

    public static Command Build()
    {
        var name = AssetCommand.Name("the file's, without its ending");
        var file = new Argument<string>("FILE") { Description = "A file of MPEG-TS, or a capture (pcap)." };
        var command = new Command("put", """
            Bring a file. After a break it goes on where it was, also when the command is given once more; the engine checks length and digest
            of the whole. The asset can be played before all of it is there.
            Example: sluice asset put film.ts --name film
            """) { name, file };
        return AssetCommand.Asking(command, async (parsed, client, stop) =>
        {
            var (path, console) = (parsed.GetRequiredValue(file), parsed.InvocationConfiguration);
            var asset = parsed.GetValue(name) ?? AssetCommand.NameOf(path);
            if (!AssetCommand.IsName(asset, console.Error))
                return ExitCode.Usage;
            using var source = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
            return await PutAsync(client, source, asset, console, stop);
        });
    }

    private static async Task<int> PutAsync(AssetClient client, FileStream source, string name, InvocationConfiguration console, CancellationToken stop)
    {
        var reading = Progress.For(console.Error, "read", source.Length);
        var digest = UploadRequest.Format(await HashAsync(source, reading, stop));
        reading.Done();
        var (last, breaks) = (-1L, 0);
        while (true)
        {
            var broke = "";
            var progress = Progress.For(console.Error, "sent", source.Length);
            try
            {
                var (offset, there) = await client.HeadAsync(name, stop);
                if (there is not null)
                    return Say(name, there == digest, last, console);
                (last, breaks) = (offset, offset > last ? 0 : breaks);
                source.Position = offset;
                await client.PutAsync(name, new Rest(source, progress), offset, source.Length, digest, stop);
                last = source.Length;
            }
            catch (Exception e) when (e is HttpRequestException or IOException && (last >= 0 || breaks > 0) && ++breaks < BreaksMax)
            {
                broke = e.Message;
            }
            catch (AssetRefusedException e) when (breaks > 0 && ++breaks < BreaksMax)
            {
                broke = e.Message;      // the engine may not have heard yet that the other connection is gone
            }
            progress.Done();
            if (broke.Length == 0)
                continue;
            console.Error.WriteLine($"sluice: the connection broke ({broke}); going on");
            await Task.Delay(s_pause, stop);
        }
    }

    private static int Say(string name, bool isSame, long last, InvocationConfiguration console)
    {
        if (isSame)
            console.Output.WriteLine($"{name} {(last < 0 ? "was whole already" : "is whole")}: play it at rtsp://HOST:8554/assets/{name}");
        else
            console.Error.WriteLine($"sluice: there is another asset {name} already: choose another --name, or say sluice asset rm {name} first");
        return isSame ? ExitCode.Ok : ExitCode.Failed;
    }

    private static async Task<byte[]> HashAsync(FileStream source, Progress progress, CancellationToken stop)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = new byte[BlockBytes];
        for (int read; (read = await source.ReadAsync(block, stop)) > 0; progress.Tell(source.Position))
            hash.AppendData(block.AsSpan(0, read));
        return hash.GetHashAndReset();
    }

    /// <summary>What is left of a file, told as it goes.</summary>
    private sealed class Rest(FileStream source, Progress progress) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var block = new byte[BlockBytes];
            for (int read; (read = await source.ReadAsync(block)) > 0; progress.Tell(source.Position))
                await stream.WriteAsync(block.AsMemory(0, read));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = source.Length - source.Position;
            return true;
        }
    }
}
