using BenchmarkDotNet.Environments;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains;
using BenchmarkDotNet.Toolchains.NativeAot;

namespace Sluice.Micro;

/// <summary>The same benchmarks compiled ahead of time, as the engine ships.</summary>
internal static class NativeJob
{
    private const string Framework = "net9.0";

    /// <summary>
    /// BenchmarkDotNet's own ahead-of-time toolchain asks for an SDK of the framework's version; a newer SDK builds it as
    /// well, so its parts are taken and its check is left out.
    /// </summary>
    public static Job Create()
    {
        var builder = NativeAotToolchain.CreateBuilder().UseNuGet("", "").IlcGenerateCompleteTypeMetadata(false).RootAllApplicationAssemblies(false);
        var native = builder.TargetFrameworkMoniker(Framework).ToToolchain();
        return Job.ShortRun.WithRuntime(NativeAotRuntime.Net90).WithId("NativeAOT")
            .WithToolchain(new Toolchain("Native AOT 9.0", native.Generator, native.Builder, native.Executor));
    }
}
