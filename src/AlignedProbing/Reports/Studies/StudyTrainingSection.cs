using AlignedProbing.Reports.Charts;
using AlignedProbing.Reports.Html;
using AlignedProbing.Runs.Studies;

namespace AlignedProbing.Reports.Studies;

/// <summary>Checkpoints along training: behaviour and peak strength over steps, on a log axis.</summary>
internal static class StudyTrainingSection
{
    private static readonly string[] OfTraining = ["model", "revision"];

    /// <summary>Whether there are two checkpoints or more of one model under the same options.</summary>
    public static bool IsThere(StudyView view) => view.Headline is not null && Series(view).Any();

    public static void Write(Markup page, StudyView view)
    {
        if (!IsThere(view))
        {
            return;
        }

        var series = Series(view).ToArray();
        Section.Open(page, "training", "Along training", "Steps stand on a logarithmic axis; step 0 cannot, and is left out of the charts. Bands: 95 % " +
            "over prompts.");
        page.Open("p", ("class", "note"));
        RunLegend.Marks(page, [.. series.Select(one => one.Key)]);
        page.Close();
        Section.Tabs(page, "Attribute", "attribute", [.. view.Findings.Attributes.Select(Wording.Name)], 0, i =>
        {
            var attribute = view.Findings.Attributes[i];
            page.Open("div", ("class", "panels"));
            foreach (var metric in StudyMetrics.Shown)
            {
                Chart(page, series, metric, $"{metric} of {Wording.Name(attribute)}", run =>
                    run.Behavior.FirstOrDefault(row => row.Attribute == attribute && row.Metric == metric) is { } row ? (row.Value, row.Low, row.High) : null);
            }

            foreach (var scenario in view.Scenarios)
            {
                Chart(page, series, "Peak strength (r)", $"{Wording.Scenario(scenario)}, {Wording.Name(attribute)}", run =>
                    run.Peaks.FirstOrDefault(peak => peak.Attribute == attribute && peak.Scenario == scenario) is { } peak
                        ? (peak.R, peak.Low, peak.High)
                        : null);
            }

            page.Close();
        });
        page.Close();
    }

    private static IEnumerable<IGrouping<string, StudyRun>> Series(StudyView view) =>
        view.Findings.Together
            .Where(run => run.Step > 0)
            .GroupBy(run => string.Join(", ", run.Settings.Where(pair => !OfTraining.Contains(pair.Key)).Select(pair => $"{pair.Key} {pair.Value}")
                .Prepend(run.Kind is null ? run.Family : $"{run.Family} {run.Kind}")))
            .Where(series => series.Select(run => run.Step).Distinct().Count() > 1);

    private static void Chart(
        Markup page,
        IGrouping<string, StudyRun>[] series,
        string axis,
        string caption,
        Func<StudyRun, (double? Value, double? Low, double? High)?> figure)
    {
        CurveSeries[] curves =
        [
            .. series.Select((one, style) => new CurveSeries(
                style,
                [
                    .. one.OrderBy(run => run.Step).Select(run =>
                    {
                        var found = figure(run);
                        return new CurvePoint(
                            Math.Log10(run.Step!.Value),
                            found?.Value,
                            found?.Low,
                            found?.High,
                            $"{run.Name}: {NumberText.WithInterval(found?.Value, found?.Low, found?.High, NumberText.Unit)}");
                    }),
                ])),
        ];
        var values = curves.SelectMany(curve => curve.Points).SelectMany(point => new[] { point.Y, point.Low, point.High }).OfType<double>().ToArray();
        if (values.Length == 0)
        {
            return;
        }

        page.Open("figure").Open("figcaption").Element("strong", caption).Close();
        CurvesChart.Draw(
            page,
            $"{caption} over steps of training",
            string.Join("; ", curves.SelectMany(curve => curve.Points).Select(point => point.Note)),
            ("Step (log)", axis),
            [
                .. series.SelectMany(one => one).Select(run => run.Step!.Value).Distinct().Order()
                    .Select(step => new CurveTick(Math.Log10(step), StudyView.Step(step))),
            ],
            Ticks.UnitRange(values, 0.4),
            curves);
        page.Close();
    }
}
