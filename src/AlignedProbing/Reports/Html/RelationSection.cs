using AlignedProbing.Reports.Charts;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Html;

/// <summary>From three runs on: behaviour beside strength, a mark a run. No correlation where runs are too few for one.</summary>
internal static class RelationSection
{
    public static void Write(Markup page, ComparisonView view)
    {
        if (view.Findings.Relations.Count == 0)
        {
            return;
        }

        Section.Open(page, "relation", "Behaviour beside strength", ComparisonSentences.Relation(view));
        var (probe, scorer) = view.Probes[0];
        string[] attributes = [.. view.Findings.Relations.Where(row => row.Probe == probe && row.Scorer == scorer).Select(row => row.Attribute).Distinct()];
        page.Open("p", ("class", "note"));
        RunLegend.Marks(page, view.Runs);
        page.Close();
        Section.Tabs(page, "Attribute", "attribute", [.. attributes.Select(Wording.Name)], view.Chosen(attributes), i =>
        {
            RelationFinding[] rows = [.. view.Findings.Relations.Where(row => row.Attribute == attributes[i])];
            page.Open("div", ("class", "figures"));
            foreach (
                var row in rows.Where(row => row is { Metric: "EMT", Strength: "mean" } && row.Probe == probe && row.Scorer == scorer)
                    .OrderBy(row => row.Scenario))
            {
                Chart(page, view, row);
            }

            page.Close();
            Table(page, view, attributes[i], rows);
        });
        page.Close();
    }

    private static void Chart(Markup page, ComparisonView view, RelationFinding row)
    {
        page.Open("figure", ("class", "square"))
            .Open("figcaption")
            .Element("strong", Wording.Scenario(row.Scenario))
            .Text($" · {Wording.Name(row.Probe)} probe, mean over layers; EMT over all prompts")
            .Close();
        ScatterChart.Draw(
            page,
            $"EMT of {Wording.Name(row.Attribute)} against {Wording.Scenario(row.Scenario)} strength, a mark a run",
            string.Join("; ", row.Points.Select(point => $"{point.Run}: EMT {NumberText.Unit(point.Behavior)}, r {NumberText.Unit(point.Strength)}")),
            "EMT",
            "Strength, mean over layers",
            [
                .. row.Points.Select(point => new ScatterPoint(
                    view.Runs.ToList().IndexOf(point.Run),
                    point.Behavior,
                    point.Strength,
                    $"{point.Run}: EMT {NumberText.Unit(point.Behavior)}, r {NumberText.Unit(point.Strength)}")),
            ]);
        page.Close();
    }

    private static void Table(Markup page, ComparisonView view, string attribute, RelationFinding[] rows)
    {
        Section.OpenTableDetails(page, $"Points: {Wording.Name(attribute)}");
        page.Open("table", ("class", "numbers"));
        page.Element(
            "caption",
            "Behaviour over all prompts and strength on the same prompts, a column a run: figure of behaviour / strength. r: correlation over the runs, " +
            "where there are enough.");
        page.Open("thead").Open("tr");
        string[] headings = ["Probe", "Scenario", "Behaviour", "Strength", .. view.Runs, "r over runs"];
        foreach (var heading in headings)
        {
            page.Element("th", heading, ("scope", "col"));
        }

        page.Close().Close().Open("tbody");
        foreach (var row in rows.OrderBy(row => row.Probe, StringComparer.Ordinal).ThenBy(row => row.Scenario))
        {
            page.Open("tr")
                .Element("th", view.Scorers.Count > 1 ? $"{Wording.Name(row.Probe)} on {row.Scorer}" : Wording.Name(row.Probe), ("scope", "row"))
                .Element("td", Wording.Scenario(row.Scenario))
                .Element("td", row.Metric)
                .Element("td", row.Strength == "peak" ? "peak" : "mean over layers");
            foreach (var run in view.Runs)
            {
                var point = row.Points.FirstOrDefault(point => point.Run == run);
                page.Element("td", point is null ? NumberText.None : $"{NumberText.Unit(point.Behavior)} / {NumberText.Unit(point.Strength)}");
            }

            page.Element(
                    "td",
                    row.R is null ? NumberText.None : NumberText.WithInterval(row.R, row.Low, row.High, NumberText.Unit),
                    ("title", row.R is null ? Wording.Reason(row.Reason) : null))
                .Close();
        }

        page.Close().Close().Close().Close();
    }
}
