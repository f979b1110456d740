using System.Text.Json;
using Sluice.Control.Access;
using Sluice.Control.Offsets;
using Sluice.Host.Running;

namespace Sluice.Host.Web;

/// <summary>One output's offset as the API tells it, in seconds.</summary>
/// <param name="Output">The destination.</param>
/// <param name="Offset">What holds.</param>
/// <param name="Configured">What the configuration says.</param>
/// <param name="Provided">What the content provider says; absent = nothing.</param>
internal sealed record OffsetEntry(string Output, double Offset, double Configured, double? Provided);

/// <summary>A channel's offsets; Problem says what of the last request cannot be followed.</summary>
internal sealed record OffsetList(IReadOnlyList<OffsetEntry> Offsets, string? Problem = null);

/// <summary>
/// <c>/api/channels/{name}/offsets</c>, on both listeners: the content provider is elsewhere, so on the public one it is asked for the credentials that
/// publishing into the channel takes, and a channel that anybody may publish into has no offsets there: they move what goes to others, and tell where it goes.
/// </summary>
internal sealed class OffsetRoutes(IEngine engine)
{
    private const string Form = "expected an array of texts such as [\"5\", \"12.5 239.1.1.1:5004\"]: " + ProviderOffset.Form;

    public static void Map(IEndpointRouteBuilder app, IEngine engine)
    {
        var own = new OffsetRoutes(engine);
        app.MapGet("/api/channels/{name}/offsets", (RequestDelegate)own.ReadAsync);
        app.MapPut("/api/channels/{name}/offsets", (RequestDelegate)own.WriteAsync);
    }

    private async Task ReadAsync(HttpContext context)
    {
        if (await AdmitsAsync(context))
            await AnswerAsync(context, AdminRoutes.Name(context), null);
    }

    private async Task WriteAsync(HttpContext context)
    {
        if (!await AdmitsAsync(context))
            return;
        var name = AdminRoutes.Name(context);
        if (!context.Request.HasJsonContentType())
            await Problems.WriteAsync(context, 415, "JSON expected", "Send Content-Type: application/json.");
        else if (await ElementsAsync(context) is not { } elements)
            await Problems.WriteAsync(context, 400, "Not a list of offsets", Form);
        else if (ProviderOffset.Read(elements, "an offset", out var offsets) is { } wrong)
            await Problems.WriteAsync(context, 400, "Not an offset", wrong);
        else
            await AnswerAsync(context, name, engine.SetOffsets(name, offsets));
    }

    // The admin listener is for whoever runs the machine, as the whole of the API there is.
    private async ValueTask<bool> AdmitsAsync(HttpContext context)
    {
        var name = AdminRoutes.Name(context);
        var (isPublic, isKnown) = (context.Features.Get<CameInBy>()?.Listener != Listener.Admin, engine.Offsets(name) is not null);
        if (isPublic && !await HttpGate.AdmitsAsync(context, engine.Access, isKnown ? name : AccessQuestion.NoChannel, AccessRight.Publish))
            return false;
        if (!isKnown)
            await AdminRoutes.NoChannelAsync(context, name);
        else if (isPublic && engine.Access.IsOpen(name, AccessRight.Publish))
            await Problems.WriteAsync(context, 403, "Nobody is named who may set offsets",
                "Name the channel's publishers in its \"publish\" list (users of the configuration), or use the admin listener.");
        else
            return true;
        return false;
    }

    private static async ValueTask<List<string>?> ElementsAsync(HttpContext context)
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            if (document.RootElement.ValueKind != JsonValueKind.Array)
                return null;
            var elements = new List<string>();
            foreach (var element in document.RootElement.EnumerateArray())
                elements.Add(Text(element));
            return elements;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // Anything else is no element either, and is refused as one.
    private static string Text(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString()!,
        JsonValueKind.Number => element.GetRawText(),
        _ => "",
    };

    private Task AnswerAsync(HttpContext context, string name, string? problem) => Problems.WriteAsync(context,
        new OffsetList([.. engine.Offsets(name)!.Select(Entry)], problem), HostJson.Default.OffsetList);

    private static OffsetEntry Entry(OutputOffset one) => new(one.Output, one.OffsetNs / 1e9, one.ConfiguredNs / 1e9, one.ProvidedNs / 1e9);
}
