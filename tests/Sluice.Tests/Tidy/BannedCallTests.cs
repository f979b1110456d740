using System.Text.RegularExpressions;

namespace Sluice.Tests.Tidy;

/// <summary>What the engine may not say, and where it may all the same.</summary>
public class BannedCallTests
{
    private static bool Nowhere(string path) => false;
    private static bool InHost(string path) => path.StartsWith("engine/Sluice.Host/", StringComparison.Ordinal);
    private static bool InLinux(string path) => path.StartsWith("engine/Sluice.Linux/", StringComparison.Ordinal);
    private static bool InSystemClock(string path) => path == "engine/Sluice.Linux/Time/SystemClock.cs" || InLibc(path);
    private static bool InLibc(string path) => path.StartsWith("engine/Sluice.Linux/Libc/", StringComparison.Ordinal);

    public static TheoryData<string, string> Rules => new()
    {
        { @"\bDateTime(Offset)?\.(Utc)?Now\b", nameof(Nowhere) },
        { @"\bStopwatch\b", nameof(Nowhere) },
        { @"\bEnvironment\.TickCount", nameof(Nowhere) },
        { @"\bTimeProvider\.System\b", nameof(Nowhere) },
        { @"\bThread\.Sleep\b", nameof(Nowhere) },
        { @"\bTask\.Delay\b", nameof(InHost) },
        { @"\bclock_gettime\(", nameof(InSystemClock) },
        { @"\bunsafe\b", nameof(InLinux) },
        { @"\bUnsafe\.|\bMemoryMarshal\.GetReference\b", nameof(InLinux) },
        { @"\[(DllImport|LibraryImport)\(", nameof(InLibc) },
        { @"\bdynamic\b|\bActivator\.|\bType\.GetType\(|\.GetMethod\(", nameof(Nowhere) },
        { @"\bTODO\b|\bNotImplementedException\b|\bFIXME\b", nameof(Nowhere) },
    };

    [Theory, MemberData(nameof(Rules))]
    public void TheEngineDoesNotSay(string pattern, string allowed)
    {
        var banned = new Regex(pattern, RegexOptions.CultureInvariant);
        var exception = Exceptions[allowed];
        var found = Repository.Files("engine").Where(file => !exception(file.Path))
            .SelectMany(file => file.Code.Where(line => banned.IsMatch(line.Code)).Select(line => $"{file.Path}:{line.Number}: {line.Code.Trim()}"));
        Assert.Empty(found);
    }

    [Fact]
    public void TheRulesFindWhatTheyLookFor()
    {
        var said = "var t = DateTime.UtcNow; Stopwatch.StartNew(); Thread.Sleep(1); Task.Delay(2); unsafe { }";
        Assert.Equal(5, Rules.Count(rule => Regex.IsMatch(said, (string)rule[0])));
    }

    private static readonly Dictionary<string, Func<string, bool>> Exceptions = new()
    {
        [nameof(Nowhere)] = Nowhere, [nameof(InHost)] = InHost, [nameof(InLinux)] = InLinux, [nameof(InSystemClock)] = InSystemClock, [nameof(InLibc)] = InLibc,
    };
}
