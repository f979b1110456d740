using System.Net;

namespace Sluice.Control.Configuration;

/// <summary>The listener that speaks TLS. That its files can be read is for the host to find out.</summary>
internal static class ListenerBinder
{
    public static TlsListenerConfig? BindTls(Section section)
    {
        var text = section.Text("listen", ListenAddress.Form);
        var certificate = section.Text("certificate", "the path of a PEM file");
        var key = section.Text("key", "the path of a PEM file");
        section.Close();
        ListenAddress? listen = new(IPAddress.Any, TlsListenerConfig.PortDefault);
        if (text is not null and not "off" && ListenAddress.Read(text, out listen) is { } wrong)
            section.Wrong(section.Find("listen")!, wrong, ListenAddress.Form);
        if (certificate is null)
            section.Require("certificate", "the path of a PEM file with the certificate and its chain");
        foreach (var (name, path) in new[] { ("certificate", certificate), ("key", key) })
            if (path is "")
                section.Wrong(section.Find(name)!, "the path is empty", "the path of a PEM file");
        return listen is null || certificate is null || text == "off" ? null : new() { Listen = listen, Certificate = certificate, Key = key ?? certificate };
    }
}
