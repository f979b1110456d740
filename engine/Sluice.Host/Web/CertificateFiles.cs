using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Sluice.Control.Configuration;
using Sluice.Linux;

namespace Sluice.Host.Web;

/// <summary>
/// The certificate of a TLS listener, read from its files and read again when they have changed: looked at when somebody connects,
/// at most once a second. A pair that cannot be used (half written) leaves the one before in use. Any thread; takes a lock.
/// </summary>
internal sealed class CertificateFiles
{
    private const long LookEveryNs = 1_000_000_000;
    private const long BytesMax = 1 << 20;
    private static readonly TimeSpan s_handshakeMax = TimeSpan.FromSeconds(10);

    private readonly TlsListenerConfig _config;
    private readonly Lock _lock = new();
    private SslStreamCertificateContext _context;
    private byte[] _hash;
    private MonotonicTime _lookedAt;

    /// <summary>Throws <see cref="CertificateException"/> with one sentence when the files hold no usable pair.</summary>
    public CertificateFiles(TlsListenerConfig config)
    {
        _config = config;
        (_context, _hash) = Load(config);
        _lookedAt = SystemClock.Now;
    }

    /// <summary>RFC 7826 §19.2: TLS 1.2 at least. Which cipher suites, the system's OpenSSL configuration says.</summary>
    public TlsHandshakeCallbackOptions ForKestrel() => new()
    {
        HandshakeTimeout = s_handshakeMax,
        OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = Current(SystemClock.Now),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            AllowRenegotiation = false,
        }),
    };

    /// <summary>What is wrong with the files, in one sentence; null = nothing.</summary>
    public static string? Check(TlsListenerConfig config)
    {
        try
        {
            Load(config);
            return null;
        }
        catch (CertificateException e)
        {
            return e.Message;
        }
    }

    private SslStreamCertificateContext Current(MonotonicTime now)
    {
        lock (_lock)
        {
            if (now - _lookedAt < LookEveryNs)
                return _context;
            _lookedAt = now;
            try
            {
                if (!Hash(_config).AsSpan().SequenceEqual(_hash))
                    (_context, _hash) = Load(_config);
            }
            catch (CertificateException)
            {
                // Somebody writes it just now, or wrote nonsense: the next look tells; until then the old one serves.
            }
            return _context;
        }
    }

    private static (SslStreamCertificateContext Context, byte[] Hash) Load(TlsListenerConfig config)
    {
        var hash = Hash(config);
        try
        {
            var leaf = X509Certificate2.CreateFromPemFile(config.Certificate, config.Key);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(config.Certificate);
            return (SslStreamCertificateContext.Create(leaf, chain, offline: true), hash);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new CertificateException($"{config.Certificate} and {config.Key} hold no certificate with its unencrypted key: {e.Message}");
        }
    }

    private static byte[] Hash(TlsListenerConfig config)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in new[] { config.Certificate, config.Key })
        {
            try
            {
                if (new FileInfo(path).Length > BytesMax)
                    throw new CertificateException($"{path} is larger than any certificate");
                hash.AppendData(File.ReadAllBytes(path));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new CertificateException($"cannot read {path}: {e.Message}");
            }
        }
        return hash.GetHashAndReset();
    }
}

/// <summary>A certificate cannot be used; the message says why, for a person.</summary>
internal sealed class CertificateException(string message) : Exception(message);
