using Sluice.Load.Receiving;
using Sluice.Load.Reporting;
namespace Sluice.Load.Rtsp;

public sealed class RtspCrowd(CrowdPlan plan, ReceiverSet set) : IDisposable
{
    public void Start() { _ = plan; _ = set; }
    public RtspFigures? Figures() => plan.Tcp ? null : null;
    public void Dispose() { }
}
