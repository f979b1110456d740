using System.Globalization;
using Sluice.Control.Configuration;
using Sluice.Control.Status;

namespace Sluice.Host.Web;

/// <summary>The two routes that change something: add an output to a channel, end a client.</summary>
internal sealed class OutputRoutes(IEngineCommands engine, long delayMaxNs, ILogger log)
{
    /// <summary>The body is an output as in the configuration file: an object with "to", or a URL in quotes.</summary>
    public async Task AddAsync(HttpContext context)
    {
        // Not only form: a cross-site form cannot send this type without asking first.
        if (!context.Request.HasJsonContentType())
        {
            await Problems.WriteAsync(context, 415, "JSON expected", "Send Content-Type: application/json.");
            return;
        }
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var (output, mistakes) = ConfigParser.ParseOutput(body.ToArray(), delayMaxNs);
        if (output is null)
            await Problems.WriteAsync(context, 400, "The output is not understood", $"{mistakes[0].Message}; expected {mistakes[0].Expected}", mistakes);
        else
            await AnswerAsync(context, AdminRoutes.Name(context), output);
    }

    public Task RemoveAsync(HttpContext context)
    {
        var text = (string)context.GetRouteValue("id")!;
        if (!ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || !engine.RemoveClient(id))
            return Problems.WriteAsync(context, 404, "Unknown client", "There is no client of this id, or not any more.");
        log.ClientRemoved(id);
        context.Response.StatusCode = 204;
        return Task.CompletedTask;
    }

    private Task AnswerAsync(HttpContext context, string channel, OutputConfig output)
    {
        var result = engine.AddOutput(channel, output);
        switch (result.Refusal)
        {
            case AddOutputRefusal.UnknownChannel:
                return AdminRoutes.NoChannelAsync(context, channel);
            case AddOutputRefusal.Duplicate:
                return Problems.WriteAsync(context, 409, "The destination is served already", result.Reason);
            case AddOutputRefusal.Busy:
                return Problems.WriteAsync(context, 503, "No room for another client", result.Reason);
            case AddOutputRefusal.Unusable:
                return Problems.WriteAsync(context, 422, "The destination cannot be used", result.Reason);
        }
        log.OutputAdded(channel, output.To.ToString(), result.ClientId);
        context.Response.StatusCode = 201;
        context.Response.Headers.Location = $"/api/clients/{result.ClientId}";
        return Problems.WriteAsync(context, new AddedClient(result.ClientId, channel, output.To.ToString()), HostJson.Default.AddedClient);
    }
}
