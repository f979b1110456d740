using System.Text;
using Sluice.Control.Rtsp;
using Sluice.Tests.Wire.Rtsp;

namespace Sluice.Tests.Control.Rtsp;

/// <summary>Every order in which methods can come (X2): the answers are those of a model of ten lines, and nothing stays reserved.</summary>
public class RtspSequenceTests
{
    private const string Demo = "rtsp://h:8554/demo";
    private const int Length = 5;

    private static readonly string[] Methods =
        ["OPTIONS", "DESCRIBE", "SETUP", "PLAY", "PAUSE", "TEARDOWN", "GET_PARAMETER", "SET_PARAMETER", "ANNOUNCE"];

    private enum Model { Init, Ready, Playing }

    private static (int Status, Model Next) Expect(Model state, string method) => (state, method) switch
    {
        (_, "ANNOUNCE") => (405, state),
        (Model.Playing, "SETUP") => (455, state),
        (_, "SETUP") => (200, Model.Ready),
        (Model.Init, "PLAY" or "PAUSE" or "TEARDOWN") => (454, state),
        (Model.Ready, "PAUSE") => (455, state),
        (_, "PLAY") => (200, Model.Playing),
        (_, "PAUSE") => (200, Model.Ready),
        (_, "TEARDOWN") => (200, Model.Init),
        _ => (200, state),
    };

    [Theory]
    [InlineData("RTP/AVP;unicast;client_port=5000-5001")]
    [InlineData("RTP/AVP/TCP;unicast;interleaved=0-1")]
    public void EveryOrderOfFiveMethodsIsAnsweredAsTheModelSays(string transport)
    {
        var count = (int)Math.Pow(Methods.Length, Length);
        for (var number = 0; number < count; number++)
            Run(transport, number);
    }

    private static void Run(string transport, int number)
    {
        var admission = new FakeAdmission();
        var peer = new RtspPeer(admission);
        var state = Model.Init;
        var told = new StringBuilder();
        for (var (i, rest) = (0, number); i < Length; i++, rest /= Methods.Length)
        {
            var method = Methods[rest % Methods.Length];
            told.Append(method).Append(' ');
            var reply = method == "SETUP" ? peer.Setup(Demo, transport) : peer.Ask(method, Demo);
            var (status, next) = Expect(state, method);
            Assert.True(reply.Status == status, $"{told}: {reply.Status}, not {status}");
            state = next;
            if (state == Model.Init)
                peer.Session = null;
            Assert.True(admission.Reserved == (state == Model.Init ? 0 : 1), $"{told}: {admission.Reserved} reserved");
            Assert.True(admission.Playing == (state == Model.Playing ? 1 : 0), $"{told}: {admission.Playing} playing");
        }
        peer.Disconnect();
        Assert.True(admission.Reserved == 0, $"{told}: leaked");
    }

    /// <summary>Forty steps at random: several sessions, stale and foreign ids, both transports, time that passes.</summary>
    [Fact]
    public void RandomOrdersLeakNothing()
    {
        for (var seed = 0; seed < 1000; seed++)
        {
            var random = new Random(seed);
            var admission = new FakeAdmission(slots: 3);
            var peer = new RtspPeer(admission);
            var ids = new List<string?> { null, "0123456789ABCDEF0123456789ABCDEF" };
            for (var step = 0; step < 40; step++)
            {
                peer.Session = ids[random.Next(ids.Count)];
                Step(peer, random);
                ids.Add(peer.Session);
                Assert.True(admission.Reserved == peer.Core.SessionCount, $"seed {seed}, step {step}");
            }
            peer.Disconnect();
            Assert.True(admission.Reserved == 0, $"seed {seed}: leaked");
        }
    }

    private static void Step(RtspPeer peer, Random random)
    {
        var url = random.Next(3) switch { 0 => Demo, 1 => "rtsp://h/radio.1", _ => "rtsp://h/stream=0" };
        var method = Methods[random.Next(Methods.Length)];
        if (random.Next(10) == 0)
            peer.Pass(random.Next(1, 70));
        else if (method == "SETUP")
            peer.Setup(url, random.Next(2) == 0 ? "RTP/AVP;unicast;client_port=5000-5001" : "RTP/AVP/TCP;interleaved=0-1");
        else
            peer.Ask(method, url);
    }

    /// <summary>Damaged requests of real clients: no throw, answers that can be read, no leak, nothing of the request's text in them.</summary>
    [Fact]
    public void DamagedStreamsOfRealClientsLeakNothing()
    {
        byte[][] seeds = [.. CaptureTests.Files.Select(file => File.ReadAllBytes(file))];
        for (var seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            var admission = new FakeAdmission();
            var peer = new RtspPeer(admission);
            peer.SendBytes(Mutator.Damage(seeds[random.Next(seeds.Length)], random), chunk: random.Next(1, 200));
            Assert.True(admission.Reserved == peer.Core.SessionCount, $"seed {seed}");
            Assert.DoesNotContain("Lavf", peer.Said.ToString(), StringComparison.Ordinal);
            peer.Disconnect();
            Assert.True(admission.Reserved == 0, $"seed {seed}: leaked");
        }
    }
}
