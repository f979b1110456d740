using System.Text.Json;
using Sluice.Host.Web;

namespace Sluice.Host.Assets;

/// <summary><c>/api/assets</c> on the admin listener: what there is, orders to pull or record, deletion.</summary>
internal sealed class AssetApi(AssetDesk desk, AssetTransfers transfers)
{
    public static void Map(RouteGroupBuilder routes, AssetDesk desk, AssetTransfers transfers)
    {
        var own = new AssetApi(desk, transfers);
        routes.MapGet("/api/assets", (RequestDelegate)own.ListAsync);
        routes.MapGet("/api/assets/{name}", (RequestDelegate)own.ShowAsync);
        routes.MapPost("/api/assets/{name}", (RequestDelegate)own.OrderAsync);
        routes.MapDelete("/api/assets/{name}", (RequestDelegate)own.DeleteAsync);
    }

    private Task ListAsync(HttpContext context) => Problems.WriteAsync(context, new(desk.Status()), HostJson.Default.AssetList);

    private Task ShowAsync(HttpContext context) => desk.Library.TryFind(AdminRoutes.Name(context)) is { } asset
        ? Problems.WriteAsync(context, AssetDesk.Status(asset), HostJson.Default.AssetStatus) : AssetRoutes.NoAssetAsync(context);

    private Task DeleteAsync(HttpContext context) => AssetRoutes.DeleteAsync(context, desk);

    private async Task OrderAsync(HttpContext context)
    {
        // Not only form: a cross-site form cannot send this type without asking first.
        if (!context.Request.HasJsonContentType())
        {
            await Problems.WriteAsync(context, 415, "JSON expected", "Send Content-Type: application/json.");
            return;
        }
        var name = AdminRoutes.Name(context);
        if (await ReadAsync(context) is not { } order)
            await Problems.WriteAsync(context, 400, "The order is not understood",
                "The body is an object such as { \"url\": … } or { \"channel\": …, \"from\": …, \"to\": … }.");
        else if (await transfers.OrderAsync(name, order, context.RequestAborted) is { } problem)
            await Problems.WriteAsync(context, problem.Status, problem.Title, problem.Detail);
        else
        {
            context.Response.StatusCode = 202;
            context.Response.Headers.Location = $"/api/assets/{name}";
            await Problems.WriteAsync(context, AssetDesk.Status(desk.Library.TryFind(name)!), HostJson.Default.AssetStatus);
        }
    }

    private static async Task<AssetOrder?> ReadAsync(HttpContext context)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, HostJson.Default.AssetOrder, context.RequestAborted);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
