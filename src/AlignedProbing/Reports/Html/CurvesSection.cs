using System.Globalization;
using AlignedProbing.Reports.Charts;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Html;

/// <summary>The four curves over layers, by attribute and probe, with the tables that hold their figures.</summary>
internal static class CurvesSection
{
    public static void Write(Markup page, Findings findings, InternalsView view)
    {
        if (view.Layers.Count == 0)
        {
            return;
        }

        Section.Open(
            page,
            "curves",
            "How strongly each layer encodes it",
            "Each curve is the correlation between a score and what a probe reads from the hidden states of that layer; bands are 95 % intervals, a ring " +
            "marks the peak. All charts share one scale.");
        Section.Caveats(page, findings, "layers");
        Legend(page, view);
        var range = Ticks.UnitRange(findings.Internals.SelectMany(row => new[] { row.R, row.Low, row.High }).OfType<double>(), 0.4);
        var headline = Headline.Of(findings);
        foreach (var scorer in view.Scorers)
        {
            if (view.Scorers.Count > 1)
            {
                page.Element("h3", $"Labels by {scorer}");
            }

            ProbeKey[] keys = [.. headline.Ordered(findings, view.Keys.Where(key => key.Scorer == scorer))];
            string[] attributes = [.. view.Attributes.Where(attribute => keys.Any(key => view.Has(key, attribute)))];
            Section.Tabs(page, "Attribute", "attribute", [.. attributes.Select(Wording.Name)], Math.Max(0, Array.IndexOf(attributes, headline.Attribute)), i =>
            {
                page.Open("div", ("class", "figures"));
                foreach (var key in keys.Where(key => view.Has(key, attributes[i])))
                {
                    Figure(page, findings, view, key, attributes[i], range, isFirst: key == headline.Probe);
                }

                page.Close();
            });
        }

        page.Close();
    }

    private static void Legend(Markup page, InternalsView view)
    {
        page.Open("ul", ("class", "legend"), ("aria-label", "The four curves"));
        foreach (var scenario in view.Scenarios)
        {
            var style = ((int)scenario).ToString(CultureInfo.InvariantCulture);
            page.Open("li");
            page.Open("svg", ("class", "chart sample"), ("viewBox", "0 0 44 14"), ("aria-hidden", "true")).Open("g", ("class", $"curve s{style}"));
            page.Void("path", ("class", "stroke"), ("d", "M1 7H43"));
            Marker.Draw(page, (int)scenario, 22, 7, 3.4, "dot");
            page.Close().Close();
            page.Element("strong", Wording.Scenario(scenario)).Text(" " + Wording.ScenarioQuestion(scenario));
            page.Close();
        }

        page.Close();
    }

    private static void Figure(
        Markup page,
        Findings findings,
        InternalsView view,
        ProbeKey key,
        string attribute,
        (double Low, double High) range,
        bool isFirst)
    {
        var tableId = page.NewId("data");
        var name = $"{Wording.Name(attribute)}, {Wording.Probe(key.Probe, key.Control)} probe";
        page.Open("figure", ("class", isFirst ? "lead-figure" : null));
        page.Open("figcaption");
        page.Element("strong", $"{Capital(Wording.Name(attribute))}").Text($" · {Wording.Probe(key.Probe, key.Control)} probe");
        page.Element("span", RowCounts(view, key, attribute), ("class", "counts"));
        page.Close();
        if (Wording.StillLearning(view.Scenarios.SelectMany(scenario => view.Layers.Select(layer => view.Cell(key, scenario, attribute, layer)))) is { } note)
        {
            page.Element("p", note, ("class", "note"));
        }

        var series = view
            .Scenarios.Select(scenario => Series(findings, view, key, attribute, scenario))
            .Where(curve => curve.Points.Any(point => point.Y is not null))
            .ToArray();
        if (series.Length > 0)
        {
            page.Open("div", ("class", "scroll chart-scroll"));
            new LineChart(series, (view.Layers[0], view.Layers[^1]), range).Draw(
                page,
                $"Information strength over layers: {name}",
                Description(findings, view, key, attribute),
                tableId);
            page.Close();
        }

        Absent(page, view, key, attribute);
        Table(page, view, key, attribute, tableId, name);
        page.Close();
    }

    private static LineSeries Series(Findings findings, InternalsView view, ProbeKey key, string attribute, Scenario scenario)
    {
        var peak = key.Control == "none" ? Peak(findings, key, attribute, scenario)?.Layer : null;
        LinePoint[] points =
        [
            .. view.Layers.Select(layer =>
            {
                var cell = view.Cell(key, scenario, attribute, layer);
                var note = string.Create(CultureInfo.InvariantCulture, $"{Wording.Scenario(scenario)}, layer {layer}: {CellText.Full(cell)}");
                return new LinePoint(layer, cell?.R, cell?.Low, cell?.High, note, layer == peak);
            }),
        ];
        return new LineSeries(Wording.Scenario(scenario), (int)scenario, points);
    }

    private static PeakFinding? Peak(Findings findings, ProbeKey key, string attribute, Scenario scenario) =>
        findings.Peaks.FirstOrDefault(peak => peak.Probe == key.Probe && peak.Scorer == key.Scorer && peak.Attribute == attribute && peak.Scenario == scenario);

    private static string Description(Findings findings, InternalsView view, ProbeKey key, string attribute)
    {
        var peaks = view.Scenarios
            .Select(scenario => Peak(findings, key, attribute, scenario))
            .OfType<PeakFinding>()
            .Select(peak =>
                $"{Wording.Scenario(peak.Scenario)} peaks at layer {NumberText.Count(peak.Layer)} with r " +
                $"{NumberText.WithInterval(peak.R, peak.Low, peak.High, NumberText.Unit)}");
        return $"Line chart; x: layer, y: Pearson r. {string.Join("; ", peaks)}. The table below holds every figure.";
    }

    private static string RowCounts(InternalsView view, ProbeKey key, string attribute)
    {
        var counts = view
            .Scenarios.Select(scenario =>
                (
                    Scenario: scenario,
                    Cells: view.Layers.Select(layer => view.Cell(key, scenario, attribute, layer))
                        .OfType<InternalsFinding>()
                        .Where(cell => cell.R is not null)
                        .ToArray()))
            .Where(entry => entry.Cells.Length > 0)
            .Select(entry =>
                (
                    entry.Scenario,
                    Rows: string.Join(
                        "–",
                        new[] { entry.Cells.Min(cell => cell.N), entry.Cells.Max(cell => cell.N) }.Distinct().Select(n => NumberText.Count(n)))))
            .ToArray();
        var groups = counts.GroupBy(entry => entry.Rows, entry => Wording.Scenario(entry.Scenario)).ToArray();
        return groups.Length switch
        {
            0 => "",
            1 => $"n = {groups[0].Key}",
            _ => "n = " + string.Join("; ", groups.Select(group => $"{group.Key} ({string.Join(", ", group)})")),
        };
    }

    // A curve without a single figure has no place in the chart: it is named beneath, with its reason.
    private static void Absent(Markup page, InternalsView view, ProbeKey key, string attribute)
    {
        foreach (var scenario in view.Scenarios)
        {
            var cells = view.Layers.Select(layer => view.Cell(key, scenario, attribute, layer)).ToArray();
            var missing = cells.Count(cell => cell?.R is null);
            if (missing > 0)
            {
                var reasons = string.Join("; ", cells.Where(cell => cell?.R is null).Select(InternalsView.WhyMissing).Distinct());
                var where =
                    missing == cells.Length
                        ? "no figure at any layer"
                        : $"no figure at {NumberText.Count(missing)} of {NumberText.Count(cells.Length)} layers (crosses at the foot of the chart)";
                page.Open("p", ("class", "absent")).Element("strong", Wording.Scenario(scenario)).Text($": {where}: {reasons}.").Close();
            }
        }
    }

    private static void Table(Markup page, InternalsView view, ProbeKey key, string attribute, string tableId, string name)
    {
        Section.OpenTableDetails(page, $"Figures: {name}");
        page.Open("table", ("id", tableId), ("class", "numbers"));
        var figures = view
            .Layers.SelectMany(layer => view.Scenarios.Select(scenario => view.Cell(key, scenario, attribute, layer)))
            .Any(cell => cell?.Classifier is not null)
            ? CellText.Classifiers
            : [];
        page.Element(
            "caption",
            figures.Count == 0
                ? "Mean r over folds and seeds with its 95 % interval, and the mean squared error on labels scaled to 0 to 1."
                : "Means over folds and seeds with their 95 % intervals: r of probabilities and classes, and how well the classes are told apart.");
        page.Open("thead").Open("tr").Element("th", "Layer", ("scope", "col"));
        foreach (var scenario in view.Scenarios)
        {
            page.Element("th", Wording.Scenario(scenario), ("scope", "col"));
            foreach (var heading in figures.Select(figure => figure.Name).DefaultIfEmpty("MSE"))
            {
                page.Element("th", heading, ("scope", "col"), ("class", "minor"));
            }
        }

        page.Close().Close().Open("tbody");
        foreach (var layer in view.Layers)
        {
            page.Open("tr").Element("th", layer.ToString(CultureInfo.InvariantCulture), ("scope", "row"));
            foreach (var scenario in view.Scenarios)
            {
                var cell = view.Cell(key, scenario, attribute, layer);
                CellText.Write(page, cell);
                foreach (
                    var text in figures
                        .Select(figure => CellText.Figure(cell?.Classifier is { } classifier ? figure.Of(classifier) : null))
                        .DefaultIfEmpty(NumberText.Small(cell?.Mse)))
                {
                    page.Element("td", text, ("class", "minor"));
                }
            }

            page.Close();
        }

        page.Close().Close().Close().Close();
    }

    private static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
