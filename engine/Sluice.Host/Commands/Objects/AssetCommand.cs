using System.CommandLine;
using System.Globalization;
using System.Net;
using Sluice.Store;

namespace Sluice.Host.Commands.Objects;

/// <summary><c>sluice asset</c>: what people do with the stored objects of a running engine, over its admin listener.</summary>
internal static class AssetCommand
{
    private const string AdminDefault = "http://127.0.0.1:9090/";

    public static Command Build() => new("asset", """
        Stored objects of a running engine: list them, bring files, have some pulled or recorded, take them back, delete
        them. The engine is asked at its admin listener.
        """)
    {
        ListCommand.Build(),
        PutCommand.Build(),
        PullCommand.Build(),
        RecordCommand.Build(),
        GetCommand.Build(),
        RemoveCommand.Build(),
    };

    internal static Option<string> Name(string otherwise) => new("--name") { Description = $"Name of the asset; otherwise {otherwise}." };

    internal static Argument<string> Asset() => new("NAME") { Description = "Name of the asset." };

    /// <summary>Gives a command the options that say which engine is meant, and what it does with that; it returns an exit code.</summary>
    internal static Command Asking(Command command, Func<ParseResult, AssetClient, CancellationToken, Task<int>> work)
    {
        var admin = new Option<string>("--admin") { Description = $"The engine's admin listener, as http://10.0.0.5:9090; otherwise {AdminDefault}" };
        var config = new Option<string>("--config") { Description = "A configuration file whose engine is meant, instead of --admin." };
        command.Options.Add(admin);
        command.Options.Add(config);
        command.SetAction((parsed, stop) =>
            RunAsync(parsed.GetValue(admin), parsed.GetValue(config), parsed.InvocationConfiguration, client => work(parsed, client, stop)));
        return command;
    }

    // Says what went wrong, and how to mend it.
    private static async Task<int> RunAsync(string? admin, string? config, InvocationConfiguration console, Func<AssetClient, Task<int>> work)
    {
        if (Find(admin, config, console.Error) is not { } url)
            return ExitCode.Usage;
        using var client = new AssetClient(url);
        try
        {
            return await work(client);
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConnectionError)
        {
            console.Error.WriteLine($"sluice: no engine answers at {url}: start it (sluice run FILE), or say where it is (--admin URL or --config FILE)");
        }
        catch (AssetRefusedException e)
        {
            console.Error.WriteLine($"sluice: {e.Message}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UnauthorizedAccessException)
        {
            console.Error.WriteLine($"sluice: {e.Message}");
        }
        catch (OperationCanceledException)
        {
            console.Error.WriteLine("sluice: stopped before the end; say it once more to go on");
        }
        return ExitCode.Failed;
    }

    /// <summary>False for what cannot be a name, which has been said.</summary>
    internal static bool IsName(string name, TextWriter error)
    {
        if (AssetLibrary.IsName(name))
            return true;
        error.WriteLine($"sluice: \"{name}\" is not a name for an asset: 1 to 64 letters, digits, dots, underscores and hyphens, "
            + "not beginning with a dot nor ending with .ts, .m3u or .sdp; choose one with --name");
        return false;
    }

    /// <summary>A file's or URL's last part without its ending, and with hyphens for what no name may have.</summary>
    internal static string NameOf(string path) =>
        string.Concat(Path.GetFileNameWithoutExtension(path).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '-'));

    internal static string Seconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s");

    private static Uri? Find(string? admin, string? config, TextWriter error)
    {
        if (admin is not null && config is not null)
            error.WriteLine("sluice: say which engine: --admin URL or --config FILE, not both");
        else if (config is not null)
            return OfConfig(config, error);
        else if (Uri.TryCreate(admin is null ? AdminDefault : admin.Contains("://", StringComparison.Ordinal) ? admin : $"http://{admin}", UriKind.Absolute,
            out var url) && url.Scheme is "http" or "https")
            return url;
        else
            error.WriteLine($"sluice: --admin needs a URL such as {AdminDefault}");
        return null;
    }

    private static Uri? OfConfig(string path, TextWriter error)
    {
        if (ConfigFile.Load(path, error) is not { } read)
            return null;
        if (read.Admin is { } listen)
            return new Uri($"http://{(listen.Address.Equals(IPAddress.Any) || listen.Address.Equals(IPAddress.IPv6Any)
                ? new IPEndPoint(IPAddress.Loopback, listen.Port) : listen.EndPoint)}/");
        error.WriteLine($"sluice: the engine of {path} has no admin listener");
        return null;
    }
}
