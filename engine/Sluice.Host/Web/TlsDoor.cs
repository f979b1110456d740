using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Sluice.Control.Rtsp;

namespace Sluice.Host.Web;

/// <summary>
/// Looks at the first byte of a connection to a TLS port: what is no handshake never gets into one. RTSP, and anything else that
/// begins with a letter, is told in the clear that it is wrong here; the rest is closed.
/// </summary>
internal sealed class TlsDoor(RtspServerCounters counters)
{
    private const byte Handshake = 0x16;                       // RFC 8446 §5.1
    private static readonly TimeSpan s_firstByteMax = TimeSpan.FromSeconds(10);

    /// <summary>Connection middleware before the handshake.</summary>
    public ConnectionDelegate Look(ConnectionDelegate next) => async connection =>
    {
        var first = await FirstByteAsync(connection);
        if (first != Handshake)
        {
            if (first is not null)
                await RefuseAsync(connection, char.IsAsciiLetter((char)first));
            return;
        }
        try
        {
            await next(connection);
        }
        finally
        {
            if (connection.Features.Get<Passed>() is null)
                counters.OnHandshakeFailure();
        }
    };

    /// <summary>Connection middleware behind the handshake.</summary>
    public static ConnectionDelegate Pass(ConnectionDelegate next) => connection =>
    {
        connection.Features.Set(Passed.Instance);
        return next(connection);
    };

    /// <summary>The byte stays in the pipe. Null when none comes in time.</summary>
    private static async ValueTask<byte?> FirstByteAsync(ConnectionContext connection)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed);
        limit.CancelAfter(s_firstByteMax);
        try
        {
            var read = await connection.Transport.Input.ReadAsync(limit.Token);
            byte? first = read.Buffer.IsEmpty ? null : read.Buffer.FirstSpan[0];
            connection.Transport.Input.AdvanceTo(read.Buffer.Start);
            return first;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            return null;
        }
    }

    private async ValueTask RefuseAsync(ConnectionContext connection, bool isText)
    {
        counters.OnPlainOnTls();
        if (!isText)
            return;
        connection.Transport.Output.Write("RTSP/1.0 400 Bad Request\r\nServer: Sluice\r\nConnection: close\r\n\r\n"u8);
        await connection.Transport.Output.FlushAsync(connection.ConnectionClosed);
    }

    private sealed class Passed
    {
        public static readonly Passed Instance = new();
    }
}
