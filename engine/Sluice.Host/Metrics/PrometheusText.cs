using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Sluice.Host.Metrics;

/// <summary>
/// A meter in the Prometheus text exposition format, version 0.0.4: listens to the meter for the length of one
/// scrape. Counters get the suffix <c>_total</c>; names of instruments are valid metric names already.
/// </summary>
internal sealed class PrometheusText(Meter meter)
{
    /// <summary>Per metric; more series than this is a mistake in the labels, and a scraper must not pay for it.</summary>
    public const int SeriesMax = 2000;

    public string Scrape()
    {
        var families = new List<Family>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (!ReferenceEquals(instrument.Meter, meter))
                return;
            families.Add(new Family(instrument));
            l.EnableMeasurementEvents(instrument, families[^1]);
        };
        listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) =>
            ((Family)state!).Add(value.ToString(CultureInfo.InvariantCulture), tags));
        listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) =>
            ((Family)state!).Add(Format(value), tags));
        listener.Start();
        listener.RecordObservableInstruments();
        return string.Concat(families.Where(f => f.Count > 0).OrderBy(f => f.Name, StringComparer.Ordinal));
    }

    // The format's own words for what has no digits.
    private static string Format(double value) => double.IsNaN(value) ? "NaN"
        : double.IsInfinity(value) ? value > 0 ? "+Inf" : "-Inf"
        : value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>One metric with its series.</summary>
    private sealed class Family(Instrument instrument)
    {
        private readonly StringBuilder _lines = new();
        private readonly bool _isCounter = instrument is ObservableCounter<long> or ObservableCounter<double>;

        public int Count { get; private set; }

        public string Name { get; } = instrument is ObservableCounter<long> or ObservableCounter<double> ? instrument.Name + "_total" : instrument.Name;

        public void Add(string value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
        {
            if (Count++ >= SeriesMax)
                return;
            _lines.Append(Name);
            for (var i = 0; i < labels.Length; i++)
            {
                _lines.Append(i == 0 ? '{' : ',').Append(labels[i].Key).Append("=\"");
                Escape(labels[i].Value as string ?? "");
                _lines.Append('"');
            }
            _lines.Append(labels.Length > 0 ? "} " : " ").Append(value).Append('\n');
        }

        public override string ToString() =>
            $"# HELP {Name} {instrument.Description}\n# TYPE {Name} {(_isCounter ? "counter" : "gauge")}\n{_lines}";

        // Label values escape these three and nothing else.
        private void Escape(string value)
        {
            foreach (var c in value)
            {
                _ = c switch
                {
                    '\\' => _lines.Append(@"\\"),
                    '"' => _lines.Append("\\\""),
                    '\n' => _lines.Append(@"\n"),
                    _ => _lines.Append(c),
                };
            }
        }
    }
}
