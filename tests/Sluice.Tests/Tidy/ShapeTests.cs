using System.Text.RegularExpressions;

namespace Sluice.Tests.Tidy;

/// <summary>What lies where: the top level, the vectors, and tests that mirror the engine.</summary>
public class ShapeTests
{
    private static readonly HashSet<string> TopLevel =
    [
        "engine", "tools", "perf", "tests", "Engine.sln", "aot.props", "run-bench.sh", "README.md", "LICENSE",
        "out", "TestResults", "BenchmarkDotNet.Artifacts",      // made by builds and runs, never committed
    ];

    // Types whose tests stand in a file of another name. A type that gets a file of its own must leave this list.
    private static readonly Dictionary<string, string> CoveredBy = new (string Coverer, string Types)[]
    {
        ("RtpPacketTests", "RtpHeader"),
        ("SequenceNumbersTests", "RtpTimestamp"),
        ("RtpSourceValidatorTests", "RtpValidatorBounds RtpVerdict"),
        ("RtcpWriteTests", "Bye GenericNack NackEntry ReceiverReport ReportBlock ReportBlocks RtcpCompoundWriter RtcpPacket RtcpPacketType Sdes SenderReport"),
        ("RtcpTimeTests", "NtpTime RtcpInterval RtcpRoundTrip"),
        ("PsiTests", "Pat Pmt PmtWriter PsiCrc32 PsiPackets PsiSection TsDescriptors TsStreamTypes"),
        ("TsPacketTests", "TsAdaptationField TsClock TsDatagram"),
        ("SdpTests", "SdpAttribute SdpConnection SdpLimits SdpMedia SdpOrigin SdpReader SdpRtpMap SdpSession SdpWriter"),
        ("RtspWriterTests", "InterleavedFrame RtspMethod RtspReadError RtspStatus CSeqHeader"),
        ("RtspReaderTests", "RtspLimits ContentLengthHeader"),
        ("RtspEvents", "RtspMessage"),
        ("HeaderTests", "ContentBaseHeader PublicHeader RequireHeader RtpInfoHeader ScaleHeader SessionHeader"),
        ("TransportHeaderTests", "TransportParts"),
        ("TsLoopTests", "TsLoop.Streams"),
        ("PcapHeaderTests", "PcapRecord"),
    }.SelectMany(row => row.Types.Split(' '), (row, type) => (type, row.Coverer)).ToDictionary(row => row.type, row => row.Coverer);

    [Fact]
    public void TheTopLevelHoldsOnlyWhatBelongsThere()
    {
        var strangers = Directory.EnumerateFileSystemEntries(Repository.Root).Select(path => Path.GetFileName(path)!)
            .Where(name => !TopLevel.Contains(name) && name[0] != '.' && !Regex.IsMatch(name, @"^Directory\.\w+\.props$"));
        Assert.Empty(strangers);
    }

    [Fact]
    public void EveryVectorIsNamedByATest()
    {
        var tests = string.Concat(Repository.Files("tests").Select(file => file.Text));
        // By its own name, or by a test that reads every file of its folder with its extension.
        var orphans = Repository.Files("tests/vectors", "*").Select(file => file.Path)
            .Where(path => Path.GetExtension(path) is not (".md" or ".sh"))
            .Where(path => !tests.Contains(Path.GetFileName(path), StringComparison.Ordinal))
            .Where(path => !tests.Contains($"\"{path.Split('/')[^2]}\"), \"*{Path.GetExtension(path)}\"", StringComparison.Ordinal));
        Assert.Empty(orphans);
    }

    [Fact]
    public void EveryTypeOfWireHasATestOfItsNameOrACoverer()
    {
        var tests = Repository.Files("tests/Sluice.Tests/Wire").ToArray();
        var named = tests.Select(file => file.Name).ToHashSet();
        foreach (var file in Repository.Files("engine/Sluice.Wire").Where(IsPublicType))
        {
            if (named.Contains(file.Name + "Tests"))
            {
                Assert.False(CoveredBy.ContainsKey(file.Name), $"{file.Name} has a test of its own: take it off the list");
                continue;
            }
            Assert.True(CoveredBy.TryGetValue(file.Name, out var coverer), $"{file.Path} has no {file.Name}Tests and no coverer");
            // By its name, by another type of its file, or, for a header, by the name it has on the wire.
            var names = Regex.Matches(file.Text, @"^public [\w ]*\b(?:class|struct|enum|interface|record) (\w+)", RegexOptions.Multiline)
                .Select(match => match.Groups[1].Value)
                .Append(file.Name).Append(Regex.Replace(file.Name.Replace("Header", "", StringComparison.Ordinal), "(?<=[a-z])(?=[A-Z])", "-"));
            var speaks = tests.Any(test => test.Name == coverer && names.Any(name => Regex.IsMatch(test.Text, $@"\b{name}\b")));
            Assert.True(speaks, $"{coverer} does not speak of {file.Name}");
        }
    }

    [Fact]
    public void TheListOfCoverersNamesOnlyWhatExists() =>
        Assert.Empty(CoveredBy.Keys.Except(Repository.Files("engine/Sluice.Wire").Select(file => file.Name)));

    private static bool IsPublicType(SourceFile file) => Regex.IsMatch(file.Text, @"^public ", RegexOptions.Multiline);
}
