using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Sluice.Load.Commands;

/// <summary>The root of the command line.</summary>
internal static class LoadCommand
{
    private const string Help = """
        sluice-load: sends media streams, receives them as thousands of clients, and measures how bursty they are.

        Usage:
          sluice-load send TO           one or many RTP or MPEG-TS streams
          sluice-load receive FROM      UDP ports, multicast groups or RTSP clients

          sluice-load VERB --help       its options, with examples
          sluice-load --version         print the version

        Examples (two terminals, any server between them, or none):
          sluice-load receive 6000 --clients 1 --idle-stop 1s --max-loss 0
          sluice-load send 127.0.0.1:6000 --rate 5M --duration 10s

          sluice-load receive rtsp://127.0.0.1:8554/news --clients 500 --join-rate 50 --duration 30s --json report.json

        Exit codes:
          0  measured, and every stated bound held
          1  a bound was broken (--max-loss, --max-peak, --p999), or nothing could be sent or received
          2  the command line is wrong
        """;

    /// <summary>Built once: its options are shared by all parses.</summary>
    public static RootCommand Root { get; } = Build();

    private static RootCommand Build()
    {
        var root = new RootCommand("Media streams out, thousands of clients in, and how bursty they are.") { SendCommand.Build(), ReceiveCommand.Build() };
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new PersonalHelp((HelpAction)help.Action!);
        root.SetAction(parsed => PersonalHelp.Write(parsed.InvocationConfiguration.Error, ExitCode.Usage));
        return root;
    }

    /// <summary>Our own page for the root; the library's, which knows the options, for a verb.</summary>
    private sealed class PersonalHelp(HelpAction library) : SynchronousCommandLineAction
    {
        public static int Write(TextWriter output, int exitCode)
        {
            output.WriteLine(Help);
            return exitCode;
        }

        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult) => parseResult.CommandResult.Command is RootCommand
            ? Write(parseResult.InvocationConfiguration.Output, ExitCode.Ok)
            : library.Invoke(parseResult);
    }
}
