using System.Globalization;
using AlignedProbing.Reports.Charts;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Html;

/// <summary>
/// Strength of every run over layers, a chart a scenario, and beside it the differences from the baseline with a band that holds for all layers at once.
/// </summary>
internal static class ComparedCurvesSection
{
    private const int LabelLength = 10;

    public static void Write(Markup page, ComparisonView view)
    {
        if (view.Probes.Count == 0)
        {
            return;
        }

        Section.Open(
            page,
            "curves",
            "How what the layers encode differs",
            $"On the left the strength of every run, with 95 % intervals; on the right each run less {view.Runs[0]}, with a band that holds for all layers " +
            "at once: where it leaves 0, the runs differ. Charts of one probe share their scales.");
        var attributes = view.Encoded;
        page.Open("p", ("class", "note"));
        RunLegend.Marks(page, view.Runs);
        page.Close();
        Section.Tabs(page, "Attribute", "attribute", [.. attributes.Select(Wording.Name)], view.Chosen(attributes), i =>
        {
            foreach (var (probe, scorer) in view.Probes)
            {
                page.Element(
                    "h3",
                    $"{Wording.Name(probe)} probe, labels by " +
                    $"{scorer}{(view.Findings.Differences.First(row => row.Scorer == scorer).IsAcrossScorers ? ": unlike scorers" : "")}");
                page.Open("div", ("class", "figures"));
                var (range, less) = Ranges(view, probe, scorer, attributes[i]);
                foreach (
                    var scenario in Enum.GetValues<Scenario>()
                        .Where(scenario => view.Curve("strength", "r", probe, scorer, attributes[i], scenario, view.Runs[0]).Count > 0))
                {
                    Pair(page, view, new Curve(probe, scorer, attributes[i], scenario), range, less);
                }

                page.Close();
            }
        });
        page.Close();
    }

    private static ((double Low, double High) Strength, (double Low, double High) Less) Ranges(
        ComparisonView view,
        string probe,
        string scorer,
        string attribute)
    {
        bool IsOf(ComparedQuantity row) => row.Kind == "strength" && row.Probe == probe && row.Scorer == scorer && row.Attribute == attribute;
        return (
            Ticks.UnitRange(view.Findings.Figures.Where(IsOf).SelectMany(row => new[] { row.Value, row.Low, row.High }).OfType<double>(), 0.4),
            Ticks.AroundZero(
                view.Findings.Differences.Where(IsOf).SelectMany(row => new[] { row.Difference, row.BandLow, row.BandHigh }).OfType<double>(),
                0.04));
    }

    private static void Pair(Markup page, ComparisonView view, Curve curve, (double Low, double High) range, (double Low, double High) less)
    {
        var tableId = page.NewId("data");
        var name = $"{Wording.Scenario(curve.Scenario)}, {Wording.Name(curve.Attribute)}, {Wording.Name(curve.Probe)} probe";
        RunFigure[][] strengths =
        [
            .. view.Runs.Select(run => (RunFigure[])[.. view.Curve("strength", "r", curve.Probe, curve.Scorer, curve.Attribute, curve.Scenario, run)]),
        ];
        RunDifference[][] differences =
        [
            .. view.Others.Select(run =>
                (RunDifference[])[.. view.CurveDifferences("strength", "r", curve.Probe, curve.Scorer, curve.Attribute, curve.Scenario, run)]),
        ];
        int[] layers = [.. strengths[0].Select(row => row.Layer!.Value)];
        var axis = differences.SelectMany(rows => rows).Any(row => row.RunLayer is not null)
            ? "Layer of the baseline (0 = embedding)"
            : "Layer (0 = embedding)";

        page.Open("figure").Open("figcaption").Element("strong", Wording.Scenario(curve.Scenario)).Text($" · {Wording.ScenarioQuestion(curve.Scenario)}");
        page.Element("span", $"n = {NumberText.Count(strengths[0].Min(row => row.N))}", ("class", "counts")).Close();
        page.Open("div", ("class", "scroll chart-scroll"));
        LineSeries[] series =
        [
            .. view.Runs.Select(
                (run, place) =>
                    new LineSeries(
                        Short(run),
                        place,
                        [
                            .. strengths[place]
                                .Select(
                                    (row, at) =>
                                        new LinePoint(
                                            layers[at],
                                            row.Value,
                                            row.Low,
                                            row.High,
                                            Note(run, layers[at], NumberText.WithInterval(row.Value, row.Low, row.High, NumberText.Unit)),
                                            false)),
                        ])),
        ];
        new LineChart(series, (layers[0], layers[^1]), range, along: axis).Draw(
            page,
            $"Information strength over layers: {name}",
            $"Line chart; a curve a run: {string.Join(", ", view.Runs)}. The table below holds every figure.",
            tableId);
        page.Close();
        Table(page, view, name, layers, strengths, differences, tableId);
        page.Close();

        page.Open("figure").Open("figcaption").Element("strong", $"{Wording.Scenario(curve.Scenario)}: difference").Text($" · each run less {view.Runs[0]}");
        page.Element("span", Found(view, differences), ("class", "counts")).Close();
        page.Open("div", ("class", "scroll chart-scroll"));
        LineSeries[] lessSeries =
        [
            .. view.Others.Select(
                (run, place) =>
                    new LineSeries(
                        Short(run),
                        place + 1,
                        [
                            .. differences[place]
                                .Select(
                                    (row, at) =>
                                        new LinePoint(
                                            layers[at],
                                            row.Difference,
                                            row.BandLow,
                                            row.BandHigh,
                                            Note(run, layers[at], ComparisonView.Text(row)),
                                            ComparisonView.IsFound(row))),
                        ])),
        ];
        new LineChart(lessSeries, (layers[0], layers[^1]), less, "Difference of strength", axis).Draw(
            page,
            $"Differences of strength over layers: {name}",
            "Line chart; bands hold for all layers at once; rings mark layers that differ after correction.",
            tableId);
        page.Close().Close();
    }

    private static string Found(ComparisonView view, RunDifference[][] differences)
    {
        string[] found =
        [
            .. view
                .Others.Zip(differences, (run, rows) =>
                    (Run: run, Layers: rows.Where(ComparisonView.IsFound).Select(row => row.Layer!.Value).ToArray(), Of: rows.Length))
                .Where(entry => entry.Layers.Length > 0)
                .Select(entry =>
                    $"{entry.Run} differs at {NumberText.Count(entry.Layers.Length)} of {NumberText.Count(entry.Of)} layers after correction " +
                    $"({NumberText.Layers(entry.Layers)}; rings)"),
        ];
        return found.Length == 0 ? "no layer differs after correction" : string.Join("; ", found);
    }

    private static void Table(
        Markup page,
        ComparisonView view,
        string name,
        int[] layers,
        RunFigure[][] strengths,
        RunDifference[][] differences,
        string tableId)
    {
        Section.OpenTableDetails(page, $"Figures: {name}");
        page.Open("table", ("id", tableId), ("class", "numbers"));
        page.Element(
            "caption",
            "Mean r over folds and seeds with its 95 % interval over prompts; differences with theirs, and p corrected for all layers and runs.");
        page.Open("thead").Open("tr").Element("th", "Layer", ("scope", "col"));
        foreach (var run in view.Runs)
        {
            page.Element("th", run, ("scope", "col"));
        }

        foreach (var run in view.Others)
        {
            page.Element("th", $"{run} less {view.Runs[0]}", ("scope", "col"));
        }

        page.Close().Close().Open("tbody");
        for (var at = 0; at < layers.Length; at++)
        {
            page.Open("tr").Element("th", layers[at].ToString(CultureInfo.InvariantCulture), ("scope", "row"));
            foreach (var row in strengths.Select(rows => rows[at]))
            {
                page.Open("td")
                    .Text(NumberText.Unit(row.Value) + " ")
                    .Element("span", NumberText.Interval(row.Low, row.High, NumberText.Unit), ("class", "interval"))
                    .Close();
            }

            foreach (var row in differences.Select(rows => rows[at]))
            {
                page.Open("td").Text(ComparisonView.Text(row)).Element("span", $" p {ComparisonView.P(row.AdjustedP)}", ("class", "interval"));
                if (row.RunLayer is { } layer)
                {
                    page.Element("span", $" its layer {NumberText.Count(layer)}", ("class", "minor"));
                }

                page.Close();
            }

            page.Close();
        }

        page.Close().Close().Close().Close();
    }

    private static string Note(string run, int layer, string figure) => string.Create(CultureInfo.InvariantCulture, $"{run}, layer {layer}: {figure}");

    private static string Short(string run) => run.Length <= LabelLength ? run : run[..(LabelLength - 1)] + "…";

    private sealed record Curve(string Probe, string Scorer, string Attribute, Scenario Scenario);
}
