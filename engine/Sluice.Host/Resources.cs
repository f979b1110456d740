namespace Sluice.Host;

/// <summary>The files that travel inside the binary.</summary>
internal static class Resources
{
    /// <summary>JSON schema of the configuration file (draft 2020-12).</summary>
    public static byte[] Schema => Read("sluice.schema.json");

    /// <summary>The status page, one file.</summary>
    public static byte[] StatusPage => Read("status.html");

    /// <summary>The demo's clip: MPEG-TS, made by tools/make-demo-clip.sh.</summary>
    public static byte[] DemoClip => Read("demo.ts");

    private static byte[] Read(string name)
    {
        using var stream = typeof(Resources).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The resource {name} is missing from the build.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
