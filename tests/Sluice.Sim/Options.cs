using System.Globalization;

namespace Sluice.Sim;

/// <summary>Numbers from a command line.</summary>
internal static class Options
{
    /// <summary>The number after a name; the default when the name is not there, false when what follows is no number.</summary>
    public static bool TryNumber(string[] args, string name, long byDefault, out long value)
    {
        value = byDefault;
        var index = Array.IndexOf(args, name);
        return index < 0 || (index + 1 < args.Length && long.TryParse(args[index + 1], CultureInfo.InvariantCulture, out value));
    }
}
