using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Sluice.Tests.Kit.Net;

/// <summary>
/// Puts a <see cref="LossyLink"/> between an RTSP server and one player over UDP: the conversation passes untouched but for the ports in
/// SETUP, which become the link's. For one session of one track.
/// </summary>
internal sealed partial class LossyRtsp : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, FreePorts.One());
    private readonly List<TcpClient> _connections = [];
    private readonly LossProfile _profile;
    private readonly int _serverPort, _delayMs;
    private readonly string _path;
    private string _playersPorts = "";

    /// <param name="url">Of the server, on 127.0.0.1.</param>
    /// <param name="profile">As the link's.</param>
    /// <param name="delayMs">One way.</param>
    public LossyRtsp(string url, LossProfile profile, int delayMs)
    {
        (_profile, _delayMs, _serverPort, _path) = (profile, delayMs, new Uri(url).Port, new Uri(url).AbsolutePath);
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Url => $"rtsp://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}{_path}";

    /// <summary>Where the server sends media; RTCP on the next.</summary>
    public int Port { get; } = FreePorts.Pair();

    /// <summary>Null before SETUP.</summary>
    public LossyLink? Link { get; private set; }

    public void Dispose()
    {
        _listener.Dispose();
        lock (_connections)
            foreach (var connection in _connections) connection.Dispose();
        Link?.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var player = await _listener.AcceptTcpClientAsync().ConfigureAwait(false);
                var server = new TcpClient();
                await server.ConnectAsync(IPAddress.Loopback, _serverPort).ConfigureAwait(false);
                lock (_connections) _connections.AddRange([player, server]);
                _ = PassOnAsync(player, server, ToServer);
                _ = PassOnAsync(server, player, ToPlayer);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    // Messages of players and of the engine come whole: they are a few hundred bytes, written at once.
    private static async Task PassOnAsync(TcpClient from, TcpClient to, Func<string, string> change)
    {
        var buffer = new byte[65_536];
        try
        {
            while (await from.GetStream().ReadAsync(buffer).ConfigureAwait(false) is > 0 and var length)
                await to.GetStream().WriteAsync(Encoding.Latin1.GetBytes(change(Encoding.Latin1.GetString(buffer, 0, length)))).ConfigureAwait(false);
            to.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // One of the two left.
        }
    }

    private string ToServer(string message)
    {
        if (ClientPort().Match(message) is not { Success: true } match)
            return message;
        _playersPorts = match.Value;
        Link ??= new LossyLink(int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture), _profile, _delayMs, Port);
        return ClientPort().Replace(message, $"client_port={Port}-{Port + 1}");
    }

    private string ToPlayer(string message) =>
        ServerPort().Replace(ClientPort().Replace(message, _playersPorts), $"server_port={Port}-{Port + 1}");

    [GeneratedRegex(@"client_port=(\d+)-\d+")]
    private static partial Regex ClientPort();

    [GeneratedRegex(@"server_port=\d+-\d+")]
    private static partial Regex ServerPort();
}
