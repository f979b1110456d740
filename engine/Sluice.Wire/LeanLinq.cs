namespace Sluice;

/// <summary>
/// <c>Select</c> and <c>Where</c> for the engine's own code, found before System.Linq's because they stand in the namespace around it. Those have
/// a virtual generic method on every iterator, and ahead-of-time compilation must make it for each pair of a source and a result that
/// occur anywhere: 4.8 of 20.8 MB of the binary. These are lazy as well; what they lack is only speed that the control plane does not need.
/// In this room because every other one but the kernel's sees it.
/// </summary>
public static class LeanLinq
{
    public static IEnumerable<TResult> Select<TSource, TResult>(this IEnumerable<TSource> source, Func<TSource, TResult> selector)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(selector);
        foreach (var item in source)
            yield return selector(item);
    }

    public static IEnumerable<TResult> Select<TSource, TResult>(this IEnumerable<TSource> source, Func<TSource, int, TResult> selector)
    {
        var index = 0;
        foreach (var item in source)
            yield return selector(item, index++);
    }

    public static IEnumerable<T> Where<T>(this IEnumerable<T> source, Func<T, bool> predicate)
    {
        foreach (var item in source)
            if (predicate(item))
                yield return item;
    }
}
