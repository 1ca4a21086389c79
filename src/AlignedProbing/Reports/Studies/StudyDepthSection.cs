using AlignedProbing.Reports.Charts;
using AlignedProbing.Reports.Html;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Studies;

namespace AlignedProbing.Reports.Studies;

/// <summary>Strength over relative depth: a panel a scenario, a faint line a run, bands for kinds.</summary>
internal static class StudyDepthSection
{
    public static void Write(Markup page, StudyView view)
    {
        if (view.Findings.Curves.Count == 0)
        {
            return;
        }

        Section.Open(
            page,
            "depth",
            "Strength over depth",
            view.Kinds.Count > 0
                ? "A faint line a run; the mean of each kind with its band: 95 % over runs, of fewer than four runs their range."
                : "A line a run. The study names no kinds, so there are no bands.");
        StudyRunsSection.Legend(page, view);
        Section.Tabs(page, "Attribute", "attribute", [.. view.Encoded.Select(Wording.Name)], 0, i =>
        {
            page.Open("div", ("class", "panels"));
            foreach (var scenario in view.Scenarios)
            {
                Panel(page, view, scenario, view.Encoded[i]);
            }

            page.Close();
        });
        page.Close();
    }

    private static void Panel(Markup page, StudyView view, Scenario scenario, string attribute)
    {
        StudyCurve[] curves = [.. view.Findings.Curves.Where(curve => curve.Scenario == scenario && curve.Attribute == attribute)];
        StudyBand[] bands = [.. view.Findings.Bands.Where(band => band.Scenario == scenario && band.Attribute == attribute)];
        if (curves.Length == 0)
        {
            return;
        }

        CurveSeries[] series =
        [
            .. curves.Select(curve => new CurveSeries(
                view.StyleOf(curve.Run),
                [.. curve.Relative.Select((value, step) => new CurvePoint(step, value, null, null, curve.Run))],
                Thin: view.Kinds.Count > 0 || curves.Length > 8)),
            .. view.Kinds.Select((kind, style) => new CurveSeries(
                style,
                [
                    .. bands.Where(band => band.Kind == kind).Select(band => new CurvePoint(
                        band.Step,
                        band.Mean,
                        band.Low,
                        band.High,
                        $"{kind}, depth {band.Step}/16: {NumberText.WithInterval(band.Mean, band.Low, band.High, NumberText.Unit)} " +
                        $"({NumberText.Count(band.Runs)} runs of {NumberText.Count(band.Families)} families)")),
                ])),
        ];
        page.Open("figure").Open("figcaption").Element("strong", Wording.Scenario(scenario)).Text($" · {Wording.ScenarioQuestion(scenario)}");
        var rows = curves.Select(curve => curve.N).Distinct().Order().ToArray();
        var n = rows.Length == 1 ? NumberText.Count(rows[0]) : $"{NumberText.Count(rows[0])} to {NumberText.Count(rows[^1])}";
        page.Element("span", $"{NumberText.Count(curves.Length)} runs, n = {n}", ("class", "counts")).Close();
        CurvesChart.Draw(
            page,
            $"{Wording.Scenario(scenario)} strength of {Wording.Name(attribute)} over relative depth",
            string.Join("; ", view.Kinds.Select(kind =>
                $"{kind}: {string.Join(" ", bands.Where(band => band.Kind == kind).Select(band => NumberText.Unit(band.Mean)))}")),
            ("Relative depth (0 = embedding)", "Strength (Pearson r)"),
            InterplaySection.DepthTicks,
            Ticks.UnitRange(series.SelectMany(curve => curve.Points).SelectMany(point => new[] { point.Y, point.Low, point.High }).OfType<double>(), 0.4),
            series);
        page.Close();
    }
}
