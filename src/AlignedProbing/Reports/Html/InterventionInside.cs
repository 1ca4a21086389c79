using System.Globalization;
using AlignedProbing.Reports.Charts;
using AlignedProbing.Runs.Interventions;

namespace AlignedProbing.Reports.Html;

/// <summary>What can still be read in each layer of edited runs, before and after.</summary>
internal static class InterventionInside
{
    private static readonly (string Name, Func<InsideFinding, double?> Of)[] Curves =
    [
        ("unedited", row => row.Unedited),
        ("its probes", row => row.Applied),
        ("new probes", row => row.Retrained),
        ("direction", row => row.Along),
    ];

    /// <summary>Writes it; nothing where nothing was probed.</summary>
    public static void Write(Markup page, SweepFinding finding)
    {
        string[] edits = [.. finding.Inside.Select(row => row.Intervention).Distinct()];
        if (edits.Length == 0)
        {
            return;
        }

        page.Element("h3", "What is left inside");
        page.Element(
            "p",
            "How well the prompt's score is read from the prompt's states: in the unedited run, by its probes from the edited states, by probes " +
            "trained anew on "
                + "them, and along the edited direction alone.",
            ("class", "lead"));
        Section.Tabs(page, "Edit", "inside", edits, 0, i => Figure(page, finding, edits[i]));
    }

    private static void Figure(Markup page, SweepFinding finding, string edit)
    {
        InsideFinding[] rows = [.. finding.Inside.Where(row => row.Intervention == edit)];
        LineSeries[] series =
        [
            .. Curves.Index()
                .Select(curve => new LineSeries(curve.Item.Name, curve.Index, [.. rows.Select(row => Point(row, curve.Item.Name, curve.Item.Of(row)))]))
                .Where(curve => curve.Points.Any(point => point.Y is not null)),
        ];
        var tableId = page.NewId("data");
        page.Open("figure");
        page.Open("figcaption")
            .Element("strong", edit)
            .Text($" · {Wording.Name(rows[0].Attribute)}, {Wording.Name(rows[0].Probe)} probe, labels by {rows[0].Scorer}");
        page.Close();
        if (series.Length > 0)
        {
            page.Open("div", ("class", "scroll chart-scroll"));
            new LineChart(
                series,
                (rows[0].Layer, rows[^1].Layer),
                Ticks.UnitRange(series.SelectMany(curve => curve.Points).Select(point => point.Y).OfType<double>(), 0.4))
                .Draw(page, $"Information strength over layers before and after {edit}", "Line chart; x: layer, y: Pearson r.", tableId);
            page.Close();
        }

        Section.OpenTableDetails(page, $"Figures: left inside after {edit}");
        page.Open("table", ("id", tableId), ("class", "numbers"));
        page.Element("caption", "Mean r over folds and seeds; spread: of the states along the direction, as a share of the unedited run's.");
        page.Open("thead").Open("tr").Element("th", "Layer", ("scope", "col"));
        foreach (var (name, _) in Curves)
        {
            page.Element("th", name, ("scope", "col"));
        }

        page.Element("th", "spread", ("scope", "col")).Close().Close().Open("tbody");
        foreach (var row in rows)
        {
            page.Open("tr").Element("th", row.Layer.ToString(CultureInfo.InvariantCulture), ("scope", "row"));
            foreach (var (_, of) in Curves)
            {
                page.Element("td", NumberText.Unit(of(row)));
            }

            page.Element("td", NumberText.Unit(row.Spread)).Close();
        }

        page.Close().Close().Close().Close().Close();
    }

    private static LinePoint Point(InsideFinding row, string name, double? value) =>
        new(
            row.Layer,
            value,
            null,
            null,
            $"{name}, layer {NumberText.Count(row.Layer)}: {(value is null ? Wording.Reason(row.Reason ?? "not_run") : NumberText.Unit(value))}",
            false);
}
