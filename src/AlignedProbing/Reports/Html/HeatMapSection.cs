using System.Globalization;
using AlignedProbing.Reports.Charts;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Html;

/// <summary>Layers by attributes, a map a scenario.</summary>
internal static class HeatMapSection
{
    public static void Write(Markup page, Findings findings, InternalsView view)
    {
        if (view.Layers.Count == 0)
        {
            return;
        }

        Section.Open(
            page,
            "maps",
            "All attributes at once",
            "The same figures as maps: a row an attribute, a column a layer, the colour how much the probe reads. A dot marks each row's peak; hatched " +
            "cells are missing.");
        HeatMap.Legend(page);
        string[] names = [.. view.Keys.Select(key => Wording.Probe(key.Probe, key.Control) + (view.Scorers.Count > 1 ? $", labels by {key.Scorer}" : ""))];
        var chosen = Headline.Of(findings).Probe is { } probe ? Math.Max(0, view.Keys.ToList().IndexOf(probe)) : 0;
        Section.Tabs(page, "Probe", "probe", names, chosen, i =>
        {
            page.Open("div", ("class", "figures"));
            foreach (var scenario in view.Scenarios)
            {
                Figure(page, findings, view, view.Keys[i], names[i], scenario);
            }

            page.Close();
        });
        page.Close();
    }

    private static void Figure(Markup page, Findings findings, InternalsView view, ProbeKey key, string name, Scenario scenario)
    {
        string[] attributes = [.. view.Attributes.Where(attribute => view.Has(key, attribute))];
        HeatRow[] rows = [.. attributes.Select(attribute => Row(findings, view, key, scenario, attribute))];
        page.Open("figure");
        page.Open("figcaption").Element("strong", Wording.Scenario(scenario)).Text(" · " + Wording.ScenarioQuestion(scenario)).Close();
        HeatMap.Draw(
            page,
            $"{Wording.Scenario(scenario)}: information strength by attribute and layer, {name} probe",
            "Heat map; the table below holds every figure.",
            view.Layers,
            rows);
        var title = $"Figures: {Wording.Scenario(scenario)}, {name} probe";
        Section.OpenTableDetails(page, title);
        page.Open("table", ("class", "numbers dense"));
        page.Element("caption", "Mean r by attribute and layer.");
        page.Open("thead").Open("tr").Element("th", "Attribute", ("scope", "col"));
        foreach (var layer in view.Layers)
        {
            page.Element("th", layer.ToString(CultureInfo.InvariantCulture), ("scope", "col"));
        }

        page.Close().Close().Open("tbody");
        foreach (var attribute in attributes)
        {
            page.Open("tr").Element("th", Wording.Name(attribute), ("scope", "row"));
            foreach (var layer in view.Layers)
            {
                var cell = view.Cell(key, scenario, attribute, layer);
                if (cell?.R is null)
                {
                    CellText.Missing(page, InternalsView.WhyMissing(cell));
                }
                else
                {
                    page.Element("td", NumberText.Unit(cell.R));
                }
            }

            page.Close();
        }

        page.Close().Close().Close().Close().Close();
    }

    private static HeatRow Row(Findings findings, InternalsView view, ProbeKey key, Scenario scenario, string attribute)
    {
        var peak =
            key.Control == "none"
                ? findings
                    .Peaks.FirstOrDefault(found =>
                        found.Probe == key.Probe && found.Scorer == key.Scorer && found.Scenario == scenario && found.Attribute == attribute)
                    ?.Layer
                : null;
        return new HeatRow(
            Wording.Name(attribute),
            [
                .. view.Layers.Select(layer =>
                {
                    var cell = view.Cell(key, scenario, attribute, layer);
                    return new HeatCell(
                        cell?.R,
                        string.Create(CultureInfo.InvariantCulture, $"{Wording.Name(attribute)}, layer {layer}: {CellText.Full(cell)}"),
                        layer == peak);
                }),
            ]);
    }
}
