using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Sluice.Host.Commands;

/// <summary>The root of the command line: the verbs, and a help page written for people.</summary>
internal static class SluiceCommand
{
    private const string Help = """
        sluice: one stream in, every client served at its own time.

        Usage:
          sluice run FILE       serve the channels of a configuration file
          sluice check FILE     name every mistake in a configuration file
          sluice demo           a test channel with clients, nothing to set up
          sluice store VERB     look at a store (ls), check it (verify), take media out (export), put media in (import)
          sluice asset VERB     stored objects of a running engine: list, bring, have pulled or recorded, take back, delete
          sluice schema         print the JSON schema of the configuration file

          sluice VERB --help    more about one of them
          sluice --version      print the version

        Examples:
          sluice demo
              then, in another terminal:  vlc rtsp://127.0.0.1:8554/demo

          sluice check sluice.json && sluice run sluice.json

          sluice store export --store /var/lib/sluice --channel news --from 2h --to 1h hour.ts

          sluice asset put film.ts && vlc rtsp://127.0.0.1:8554/assets/film

          sluice schema > sluice.schema.json
              and as the first line of the configuration, so that editors complete it:
              { "$schema": "./sluice.schema.json",

        The smallest configuration:
          { "channels": { "news": { "sources": [ "rtp://@:5004" ] } } }
              Send to it:  ffmpeg -re -i FILE -c copy -f rtp_mpegts rtp://127.0.0.1:5004
              Watch it:    ffplay rtsp://127.0.0.1:8554/news
              Look at it:  http://127.0.0.1:9090/

        Exit codes:
          0  all went well (also after SIGTERM or Ctrl-C)
          1  something failed while running, or a store is not in order; the last line says what
          2  the command line or the configuration is wrong
          3  an address to listen on is taken or not allowed
        """;

    public static RootCommand Build()
    {
        var root = new RootCommand("One stream in, every client served at its own time.")
        {
            RunCommand.Build(),
            CheckCommand.Build(),
            DemoCommand.Build(),
            Keep.StoreCommand.Build(),
            Objects.AssetCommand.Build(),
            SchemaCommand.Build(),
        };
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new PersonalHelp((HelpAction)help.Action!);
        root.SetAction(parsed => PersonalHelp.Write(parsed, ExitCode.Usage));
        return root;
    }

    /// <summary>Our own page for the root; the library's, which knows the options, for a verb.</summary>
    private sealed class PersonalHelp(HelpAction library) : SynchronousCommandLineAction
    {
        public static int Write(ParseResult parsed, int exitCode)
        {
            var configuration = parsed.InvocationConfiguration;
            (exitCode == ExitCode.Ok ? configuration.Output : configuration.Error).WriteLine(Help);
            return exitCode;
        }

        // Who asks for help is not told what is missing.
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult) => parseResult.CommandResult.Command is RootCommand
            ? Write(parseResult, ExitCode.Ok)
            : library.Invoke(parseResult);
    }
}
