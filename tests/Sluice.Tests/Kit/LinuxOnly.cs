using System.Runtime.Versioning;

// The product runs on Linux only, and so do its tests: file modes, signals, epoll.
[assembly: SupportedOSPlatform("linux")]
