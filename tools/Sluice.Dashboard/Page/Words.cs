using Sluice.Dashboard.Comparing;

namespace Sluice.Dashboard.Page;

/// <summary>Every mark is a shape and a word, so that nothing depends on colour.</summary>
internal static class Words
{
    public static (string Shape, string Word, string Class) Of(Goal goal) => goal switch
    {
        Goal.Missed => ("✘", "missed", "bad"),
        Goal.Met => ("✔", "met", "good"),
        Goal.StretchMet => ("★", "stretch met", "good"),
        Goal.NotCounted => ("⚠", "not counted: loss", "warn"),
        _ => ("", "no target", "quiet"),
    };

    public static (string Shape, string Word, string Class) Of(Verdict verdict) => verdict switch
    {
        Verdict.Worse => ("▼", "worse", "bad"),
        Verdict.Better => ("▲", "better", "good"),
        Verdict.Same => ("=", "within noise", "quiet"),
        Verdict.Gone => ("∅", "gone", "warn"),
        _ => ("·", "new", "quiet"),
    };
}
