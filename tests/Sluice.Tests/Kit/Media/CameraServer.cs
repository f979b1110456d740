using System.Globalization;
using Sluice.Tests.Kit.Net;
using Sluice.Tests.Kit.Processes;

namespace Sluice.Tests.Kit.Media;

/// <summary>
/// A real RTSP server of somebody else with picture and sound to be pulled: GStreamer's (UDP and TCP, Digest), compiled from the 50 lines
/// beside this file because Debian ships the library alone, and VLC's (UDP only, H.264 and AAC).
/// </summary>
internal sealed class CameraServer : IAsyncDisposable
{
    public const int FramesPerSecond = 25;

    private const string Picture = "videotestsrc is-live=true ! video/x-raw,width=320,height=180,framerate=25/1 "
        + "! x264enc tune=zerolatency key-int-max=25 bitrate=800 ! rtph264pay name=pay0 pt=96 config-interval=-1";
    private const string Sound = "audiotestsrc is-live=true ! audioconvert ! audio/x-raw,rate=48000,channels=2 ! opusenc ! rtpopuspay name=pay1 pt=97";
    private static readonly Lazy<Task<string>> s_gstServer = new(CompileAsync);
    private static readonly TimeSpan s_startMax = TimeSpan.FromSeconds(20);

    private CameraServer(ChildProcess child, string url) => (Child, Url) = (child, url);

    public ChildProcess Child { get; }

    /// <summary>Without user and password.</summary>
    public string Url { get; }

    /// <summary>H.264 and Opus.</summary>
    public static async Task<CameraServer> GStreamerAsync(int? port = null, (string User, string Password)? login = null, bool hasSound = true)
    {
        var at = port ?? FreePorts.One();
        var child = ChildProcess.Start(await s_gstServer.Value.ConfigureAwait(false),
            [at.ToString(CultureInfo.InvariantCulture), $"( {Picture} {(hasSound ? Sound : "")} )", .. login is { } l ? new[] { l.User, l.Password } : []]);
        await child.WaitForLineAsync("listening", text => text == "listening", s_startMax).ConfigureAwait(false);
        return new CameraServer(child, $"rtsp://127.0.0.1:{at}/cam");
    }

    /// <summary>H.264 and AAC, from the test clip again and again.</summary>
    public static async Task<CameraServer> VlcAsync()
    {
        var url = $"rtsp://127.0.0.1:{FreePorts.One()}/cam";
        var child = ChildProcess.Start("cvlc",
        [
            "-vv", "--no-color", "-I", "dummy", "--loop", "--sout-keep", "--no-media-library", await TestClip.PathAsync().ConfigureAwait(false),
            "--sout", $"#rtp{{sdp={url}}}",
        ], unprivileged: true);
        await child.WaitForLineAsync("its SDP", text => text.Contains("m=video", StringComparison.Ordinal), s_startMax).ConfigureAwait(false);
        return new CameraServer(child, url);
    }

    public ValueTask DisposeAsync() => Child.DisposeAsync();

    private static async Task<string> CompileAsync()
    {
        var path = TestFolder.NewFile("rtsp-server");
        await using var gcc = ChildProcess.Start("gcc",
        [
            "-O1", "-o", path, Path.Combine(TestFolder.Repository, "tests", "Sluice.Tests", "Kit", "Media", "rtsp-server.c"),
            "-l:libgstrtspserver-1.0.so.0", "-l:libgstreamer-1.0.so.0", "-l:libglib-2.0.so.0",
        ]);
        if (await gcc.WaitForExitAsync(TimeSpan.FromSeconds(30)).ConfigureAwait(false) != 0)
            throw new ChildProcessException(gcc, "could not compile the RTSP server");
        return path;
    }
}
