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
        ["OPTIONS", "DESCRIBE", "SETUP", "PLAY", "PAUSE", "TEARDOWN", "GET_PARAMETER", "ANNOUNCE", "SETUP to record", "RECORD"];

    private enum State { Init, Ready, Playing, ReadyToRecord, Recording }

    /// <summary>Where the session stands, and whether the connection knows what will be sent.</summary>
    private readonly record struct Model(State State, bool Announced);

    private static (int Status, Model Next) Expect(Model model, string method)
    {
        var (status, next) = (model.State, method) switch
        {
            (State.Init, "ANNOUNCE") => (200, State.Init),
            (_, "ANNOUNCE") => (455, model.State),
            (State.Init, "SETUP to record") => model.Announced ? (200, State.ReadyToRecord) : (455, State.Init),
            (State.Ready, "SETUP to record") => (461, State.Ready),
            (State.Init or State.Ready, "SETUP") => (200, State.Ready),
            (_, "SETUP" or "SETUP to record") => (455, model.State),    // it runs, or the publisher's one track is set up
            (State.Init, "PLAY" or "PAUSE" or "TEARDOWN" or "RECORD") => (454, State.Init),
            (State.Ready or State.Playing, "PLAY") => (200, State.Playing),
            (State.ReadyToRecord or State.Recording, "RECORD") => (200, State.Recording),
            (State.Playing, "PAUSE") => (200, State.Ready),
            (State.Recording, "PAUSE") => (200, State.ReadyToRecord),
            (_, "PLAY" or "PAUSE" or "RECORD") => (455, model.State),
            (_, "TEARDOWN") => (200, State.Init),
            _ => (200, model.State),
        };
        return (status, new Model(next, model.Announced || (method == "ANNOUNCE" && status == 200)));
    }

    private static Reply Ask(RtspPeer peer, string method, string transport) => method switch
    {
        "SETUP" => peer.Setup(Demo, transport),
        "SETUP to record" => peer.Setup(Demo, transport + ";mode=record"),
        "ANNOUNCE" => peer.Announce(Demo, RtspRecordTests.OneTrack),
        _ => peer.Ask(method, Demo),
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
        var model = new Model(State.Init, false);
        var told = new StringBuilder();
        for (var (i, rest) = (0, number); i < Length; i++, rest /= Methods.Length)
        {
            var method = Methods[rest % Methods.Length];
            told.Append(method).Append(' ');
            var reply = Ask(peer, method, transport);
            var (status, next) = Expect(model, method);
            Assert.True(reply.Status == status, $"{told}: {reply.Status}, not {status}");
            model = next;
            if (model.State == State.Init)
                peer.Session = null;
            AssertRows(admission, model.State, told);
        }
        peer.Disconnect();
        AssertRows(admission, State.Init, told);
    }

    private static void AssertRows(FakeAdmission admission, State state, StringBuilder told)
    {
        var expected = (state is State.Ready or State.Playing ? 1 : 0, state == State.Playing ? 1 : 0,
            state is State.ReadyToRecord or State.Recording ? 1 : 0, state == State.Recording ? 1 : 0);
        var found = (admission.Reserved, admission.Playing, admission.Published, admission.Recording);
        Assert.True(found == expected, $"{told}: {found} reserved, playing, published, recording, not {expected}");
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
                Assert.True(admission.Reserved + admission.Published == peer.Core.SessionCount, $"seed {seed}, step {step}");
            }
            peer.Disconnect();
            Assert.True(admission.Reserved + admission.Published == 0, $"seed {seed}: leaked");
        }
    }

    private static void Step(RtspPeer peer, Random random)
    {
        var url = random.Next(3) switch { 0 => Demo, 1 => "rtsp://h/radio.1", _ => "rtsp://h/stream=0" };
        var method = Methods[random.Next(Methods.Length)];
        if (random.Next(10) == 0)
            peer.Pass(random.Next(1, 70));
        else if (method == "ANNOUNCE")
            peer.Announce(url, RtspRecordTests.OneTrack);
        else if (method.StartsWith("SETUP", StringComparison.Ordinal))
            peer.Setup(url, (random.Next(2) == 0 ? "RTP/AVP;unicast;client_port=5000-5001" : "RTP/AVP/TCP;interleaved=0-1")
                + (method == "SETUP" ? "" : ";mode=record"));
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
            Assert.True(admission.Reserved + admission.Published == peer.Core.SessionCount, $"seed {seed}");
            Assert.DoesNotContain("Lavf", peer.Said.ToString(), StringComparison.Ordinal);
            peer.Disconnect();
            Assert.True(admission.Reserved + admission.Published == 0, $"seed {seed}: leaked");
        }
    }
}
