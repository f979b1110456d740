using System.Globalization;

namespace Sluice.Tests.Kit.Processes;

/// <summary>
/// Linux shares the processors out by session first (sched(7), the autogroup feature): on two cores beside a few builds the engine gets a
/// quarter of a core, however little it asks for, and its own threads' nice −10 counts within its session only. Every process that a test starts
/// is a session, each player too. While this lives, the sessions of the engine and of the tests weigh more, as a service that somebody
/// depends on would. For root, where there are sessions to weigh; elsewhere it does nothing.
/// </summary>
internal sealed class SessionShare : IDisposable
{
    private const int Raised = -20, Usual = 0;

    public SessionShare(int enginePid)
    {
        Set(Name(enginePid), Raised);
        Set("self", Raised);
    }

    public void Dispose() => Set("self", Usual);   // the engine's session ends with the engine

    private static string Name(int pid) => pid.ToString(CultureInfo.InvariantCulture);

    private static void Set(string process, int nice)
    {
        try { File.WriteAllText($"/proc/{process}/autogroup", $"{nice}"); }
        catch (IOException) { /* no such feature here */ }
        catch (UnauthorizedAccessException) { /* not root */ }
    }
}
