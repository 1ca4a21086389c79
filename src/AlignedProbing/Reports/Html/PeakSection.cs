using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Html;

/// <summary>Where each curve peaks, and where else it might.</summary>
internal static class PeakSection
{
    public static void Write(Markup page, Findings findings, InternalsView view)
    {
        if (findings.Peaks.Count == 0)
        {
            return;
        }

        // Intervals may overlap where the difference, paired by prompt, is clear: where it was computed, it is the better answer.
        var within = findings.Differences.Any(row => row.Kind == "layers" && row.AdjustedP is not null)
            ? "a first look alone, since intervals may overlap where the layers differ. Under “Checks” every layer is compared with the peak on the same " +
                "prompts, corrected for the number of comparisons."
            : "the data do not tell these apart.";
        Section.Open(
            page,
            "peaks",
            "Where information peaks",
            $"The layer with the largest mean r, and below it the layers whose interval overlaps with that one's: {within}");
        ProbeKey[] keys =
        [
            .. Headline.Of(findings).Ordered(
                findings,
                view.Keys.Where(key => key.Control == "none" && findings.Peaks.Any(peak => peak.Probe == key.Probe && peak.Scorer == key.Scorer))),
        ];
        string[] names = [.. keys.Select(key => Wording.Name(key.Probe) + (view.Scorers.Count > 1 ? $", labels by {key.Scorer}" : ""))];
        var chosen = Headline.Of(findings).Probe is { } probe ? Math.Max(0, Array.IndexOf(keys, probe)) : 0;
        Section.Tabs(page, "Probe", "probe", names, chosen, i => Table(page, findings, view, keys[i], names[i]));
        page.Close();
    }

    private static void Table(Markup page, Findings findings, InternalsView view, ProbeKey key, string name)
    {
        page.Open("div", ("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", $"Peaks, {name} probe"));
        page.Open("table", ("class", "numbers peaks"));
        page.Element(
            "caption",
            $"Peak layer, r with its 95 % interval, r with the layer chosen on the other folds (the largest is flattered by having been chosen), and the " +
            $"layers within; {name} probe.");
        page.Open("thead").Open("tr").Element("th", "Attribute", ("scope", "col"));
        foreach (var scenario in view.Scenarios)
        {
            page.Element("th", Wording.Scenario(scenario), ("scope", "col"));
        }

        page.Close().Close().Open("tbody");
        foreach (var attribute in view.Attributes.Where(attribute => view.Has(key, attribute)))
        {
            page.Open("tr").Element("th", Wording.Name(attribute), ("scope", "row"));
            foreach (var scenario in view.Scenarios)
            {
                var peak = findings.Peaks.FirstOrDefault(found =>
                    found.Probe == key.Probe && found.Scorer == key.Scorer && found.Attribute == attribute && found.Scenario == scenario);
                if (peak is null)
                {
                    var why = view.Layers.Select(layer => InternalsView.WhyMissing(view.Cell(key, scenario, attribute, layer))).First();
                    CellText.Missing(page, why);
                }
                else
                {
                    page.Open("td")
                        .Element("strong", $"layer {NumberText.Count(peak.Layer)}")
                        .Text($" {NumberText.Unit(peak.R)} ")
                        .Element("span", NumberText.Interval(peak.Low, peak.High, NumberText.Unit), ("class", "interval"));
                    if (peak.NestedR is not null)
                    {
                        var nested = NumberText.WithInterval(peak.NestedR, peak.NestedLow, peak.NestedHigh, NumberText.Unit);
                        page.Element("span", $"layer chosen on other folds: {nested}", ("class", "within"));
                    }

                    page.Element("span", peak.LayersWithin.Count > 1 ? $"layers {NumberText.Layers(peak.LayersWithin)}" : "no other", ("class", "within"))
                        .Close();
                }
            }

            page.Close();
        }

        page.Close().Close().Close();
    }
}
