namespace Sluice.Sim;

/// <summary>The engine broke a promise that a checker watches. The message says which, when, and for whom.</summary>
public sealed class BrokenPromiseException : Exception
{
    public BrokenPromiseException() { }
    public BrokenPromiseException(string message) : base(message) { }
    public BrokenPromiseException(string message, Exception inner) : base(message, inner) { }
}
