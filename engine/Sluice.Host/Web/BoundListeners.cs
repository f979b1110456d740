using System.Net;

namespace Sluice.Host.Web;

/// <summary>Where the listeners are once they are open, with the ports that the kernel chose for 0; null = off.</summary>
internal sealed record BoundListeners(IPEndPoint? Rtsp, IPEndPoint? Http, IPEndPoint? Admin, IPEndPoint? Rtsps = null);
