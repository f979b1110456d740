namespace Sluice.Linux;

/// <summary>
/// A view of native memory for rooms that may not use pointers. Whoever hands out <c>address</c> guarantees that the memory outlives
/// the view: in practice a <see cref="NativeBuffer"/> that is disposed only after the threads that see it have stopped.
/// Never use it on a <see cref="MappedFile"/>: a page that cannot be read ends the process.
/// </summary>
public static class NativeSpan
{
    // sound: see the summary; the owner of the address vouches for address..address + length
    public static unsafe Span<byte> Of(nint address, int length) => new((void*)address, length);

    /// <inheritdoc cref="Of"/>
    public static unsafe ReadOnlySpan<byte> ReadOnly(nint address, int length) => new((void*)address, length);
}
