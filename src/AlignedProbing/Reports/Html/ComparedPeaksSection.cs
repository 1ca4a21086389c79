using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Html;

/// <summary>Where curves peak in every run and how peaks differ; selectivity and compression at the baseline's peak where all runs have them.</summary>
internal static class ComparedPeaksSection
{
    public static void Write(Markup page, ComparisonView view)
    {
        if (view.Of("peak").Count == 0)
        {
            return;
        }

        Section.Open(page, "peaks", "Peaks and checks", "The highest strength of each curve, wherever it lies.");
        var attributes = view.Encoded;
        Section.Tabs(page, "Attribute", "attribute", [.. attributes.Select(Wording.Name)], view.Chosen(attributes), i => Table(page, view, attributes[i]));
        page.Close();
    }

    private static void Table(Markup page, ComparisonView view, string attribute)
    {
        string[] controls = [.. view.Of("selectivity").Where(row => row.Attribute == attribute).Select(row => row.Metric).Distinct()];
        var hasCompression = view.Of("compression").Any(row => row.Attribute == attribute);
        page.Open("div", ("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", $"Peaks, {Wording.Name(attribute)}"));
        page.Open("table", ("class", "numbers behaviour"));
        var checks = controls.Length > 0 || hasCompression
            ? " Selectivity and compression at the layer where the baseline peaks; compression has no interval over prompts."
            : "";
        page.Element(
            "caption",
            $"{view.Runs[0]} → run, and the difference with its 95 % interval; p corrected for all peaks of the probe.{checks}");
        page.Open("thead").Open("tr");
        string[] headings = ["Probe", "Scenario", "Run", "Peak r", "Layer", .. controls.Select(control => $"Less {Wording.Name(control)}")];
        foreach (var heading in hasCompression ? headings.Append("Compression") : headings)
        {
            page.Element("th", heading, ("scope", "col"));
        }

        page.Close().Close();
        foreach (var (probe, scorer) in view.Probes)
        {
            page.Open("tbody");
            var rows = view.Of("peak")
                .Where(row => row.Metric == "r" && row.Probe == probe && row.Scorer == scorer && row.Attribute == attribute)
                .OrderBy(row => row.Scenario)
                .ToArray();
            foreach (var (place, row) in rows.Index())
            {
                page.Open("tr");
                if (place == 0)
                {
                    page.Element(
                        "th",
                        view.Scorers.Count > 1 ? $"{Wording.Name(probe)} on {scorer}" : Wording.Name(probe),
                        ("scope", "rowgroup"),
                        ("rowspan", NumberText.Count(rows.Length)));
                }

                page.Element("th", Wording.Scenario(row.Scenario!.Value), ("scope", "row"), ("class", "subset")).Element("td", row.Run);
                DifferenceCell.Write(page, row);
                Layer(page, view, row);
                var peak = view.Curve("peak", "layer", probe, scorer, attribute, row.Scenario.Value, view.Runs[0])[0].Value;
                foreach (var (kind, metric) in controls.Select(control => ("selectivity", control)).Concat(hasCompression ? [("compression", "ratio")] : []))
                {
                    DifferenceCell.Write(
                        page,
                        view.CurveDifferences(kind, metric, probe, scorer, attribute, row.Scenario.Value, row.Run).FirstOrDefault(at => at.Layer == peak));
                }

                page.Close();
            }

            page.Close();
        }

        page.Close().Close();
    }

    // Both layers, and by how much the peak moves where layers have the same numbers in both.
    private static void Layer(Markup page, ComparisonView view, RunDifference row)
    {
        var differences = view.CurveDifferences("peak", "layer", row.Probe!, row.Scorer, row.Attribute, row.Scenario!.Value, row.Run);
        if (differences is [var moved, ..])
        {
            DifferenceCell.Write(page, moved);
            return;
        }

        var layers = new[] { view.Runs[0], row.Run }.Select(run =>
            view.Curve("peak", "layer", row.Probe!, row.Scorer, row.Attribute, row.Scenario!.Value, run)[0]);
        page.Element("td", string.Join(" → ", layers.Select(layer => ComparisonView.FigureWriter(layer)(layer.Value))));
    }
}
