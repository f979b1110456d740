using Sluice.Control.Access;
using Sluice.Control.Configuration;
using Sluice.Control.Offsets;
using Sluice.Host.Running;
using Sluice.Host.Web;
using Sluice.Store;

namespace Sluice.Host.Assets;

/// <summary>
/// <c>/assets/NAME</c> on both HTTP listeners: PUT, GET, HEAD, DELETE of the file. On the public one whoever may <c>publish</c> or <c>read</c> assets; on the
/// admin one anybody who reaches it, as with all of its routes.
/// </summary>
internal sealed class AssetRoutes(IEngine engine, AssetDesk desk, IReadOnlyList<ChannelConfig> channels)
{
    private static readonly string[] s_reading = ["GET", "HEAD"];

    private readonly AssetUpload _upload = new(desk);

    public static void Map(IEndpointRouteBuilder app, IEngine engine, AssetDesk desk, IReadOnlyList<ChannelConfig> channels)
    {
        var own = new AssetRoutes(engine, desk, channels);
        app.MapPut("/assets/{name}", (RequestDelegate)own.PutAsync);
        app.MapDelete("/assets/{name}", (RequestDelegate)own.DeleteAsync);
        app.MapMethods("/assets/{name}", s_reading, (RequestDelegate)own.GetAsync);
    }

    private async Task PutAsync(HttpContext context)
    {
        if (!await AdmitsAsync(context, AccessRight.Publish))
            return;
        var name = AdminRoutes.Name(context);
        var wrong = ProviderOffset.Read(context.Request.Headers[ProviderOffset.HeaderName], out var offsets);
        var players = channels.Where(channel => channel.Sources.Any(source => name.Equals(source.Asset?.Name, StringComparison.OrdinalIgnoreCase))).ToList();
        if (wrong is not null)
            await Problems.WriteAsync(context, 400, "Not an offset", $"{wrong}.");
        else if (offsets.Count > 0 && players.Count == 0)
            await Problems.WriteAsync(context, 422, "Offsets of nothing",
                $"{ProviderOffset.HeaderName} is for the outputs of a channel, and none has the source \"asset:{LogText.OneLine(name)}\": leave it out.");
        else
            await _upload.PutAsync(context, name, () => SetOffsets(context, players, offsets));
    }

    // With the object's first bytes, so that who plays it while it comes in has them already. What cannot be followed is said beside the answer.
    private void SetOffsets(HttpContext context, List<ChannelConfig> players, IReadOnlyList<ProviderOffset> offsets)
    {
        if (offsets.Count == 0)
            return;
        var problems = players.Select(channel => engine.SetOffsets(channel.Name, offsets)).OfType<string>().Distinct();
        context.Response.Headers[ProviderOffset.HeaderName] = string.Join("; ", problems) is { Length: > 0 } said ? LogText.OneLine(said) : "followed";
    }

    private async Task DeleteAsync(HttpContext context)
    {
        if (await AdmitsAsync(context, AccessRight.Publish))
            await DeleteAsync(context, desk);
    }

    private async Task GetAsync(HttpContext context)
    {
        // Who may bring one must see how far it is.
        var isBringer = HttpMethods.IsHead(context.Request.Method) && desk.Library.TryFind(AdminRoutes.Name(context)) is not { State: AssetState.Complete };
        if (!await AdmitsAsync(context, isBringer ? AccessRight.Publish : AccessRight.Read))
            return;
        if (desk.Library.TryFind(AdminRoutes.Name(context)) is not { } asset)
        {
            await NoAssetAsync(context);
            return;
        }
        // After a start nobody has looked yet at what there is of one that is not whole.
        if (asset is { State: AssetState.Incomplete, IsBusy: false })
            await desk.LookAsync(asset);
        await AssetFile.WriteAsync(context, asset);
    }

    internal static async Task DeleteAsync(HttpContext context, AssetDesk desk)
    {
        var name = AdminRoutes.Name(context);
        if (await desk.TryDeleteAsync(name))
            context.Response.StatusCode = 204;
        else if (desk.Library.TryFind(name) is null)
            await NoAssetAsync(context);
        else
            await Problems.WriteAsync(context, 409, "The asset is being written", "It can be deleted when that has ended.");
    }

    internal static Task NoAssetAsync(HttpContext context) =>
        Problems.WriteAsync(context, 404, "Unknown asset", $"There is no asset \"{LogText.OneLine(AdminRoutes.Name(context))}\".");

    private ValueTask<bool> AdmitsAsync(HttpContext context, AccessRight right) => context.Features.Get<CameInBy>()?.Listener == Listener.Admin
        ? ValueTask.FromResult(true) : HttpGate.AdmitsAsync(context, engine.Access, AccessQuestion.Assets, right);
}
