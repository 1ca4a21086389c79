using AlignedProbing.Reports.Charts;
using AlignedProbing.Reports.Html;
using AlignedProbing.Runs.Studies;

namespace AlignedProbing.Reports.Studies;

/// <summary>Interplay within each run, over prompts.</summary>
internal static class StudyWithinSection
{
    public static void Write(Markup page, StudyView view)
    {
        StudyWithin[] all = [.. view.Findings.Within.Where(row => row.BehaviorScorer == row.Scorer && row.Behavior == "max")];
        string[] attributes = [.. all.Select(row => row.Attribute).Distinct(StringComparer.Ordinal)];
        if (attributes.Length == 0)
        {
            return;
        }

        Section.Open(
            page,
            "within",
            "Within models, over prompts",
            "Does a model write more toxically where its layers take a prompt for more toxic than its score? Partial correlation of the Input probe's " +
            "prediction with the " +
            "highest score of the prompt's continuations, given the prompt's score and its square. Behaviour as a mean, and by other scorers, lies in " +
            "within.csv.");
        Section.Tabs(page, "Attribute", "attribute", [.. attributes.Select(Wording.Name)], 0, i =>
        {
            StudyWithin[] rows = [.. all.Where(row => row.Attribute == attributes[i])];
            Chart(page, view, rows, attributes[i]);
            Table(page, rows, attributes[i]);
        });
        page.Close();
    }

    private static void Chart(Markup page, StudyView view, StudyWithin[] rows, string attribute)
    {
        var runs = rows.GroupBy(row => row.Run).ToArray();
        CurveSeries[] series =
        [
            .. runs.Select(run => new CurveSeries(
                view.StyleOf(run.Key),
                [
                    .. run.OrderBy(row => row.Layer).Select(row => new CurvePoint(
                        (double)row.Layer / Math.Max(1, run.Max(other => other.Layer)),
                        row.R,
                        null,
                        null,
                        $"{run.Key}, layer {row.Layer}: {NumberText.WithInterval(row.R, row.Low, row.High, NumberText.Unit)}")),
                ],
                Thin: runs.Length > 8)),
        ];
        double[] values = [.. series.SelectMany(curve => curve.Points).Select(point => point.Y).OfType<double>()];
        if (values.Length == 0)
        {
            page.Element("p", "No run has a partial correlation here: too few prompts, or constant scores.", ("class", "absent"));
            return;
        }

        page.Open("div", ("class", "panels")).Open("figure");
        page.Open("figcaption").Element("strong", Wording.Name(attribute)).Text(" · a line a run; layer 0 is what the words alone give").Close();
        CurvesChart.Draw(
            page,
            $"Partial correlation within runs, {Wording.Name(attribute)}, by layer",
            string.Join("; ", runs.Select(run => $"{run.Key}: {string.Join(" ", run.Select(row => NumberText.Unit(row.R)))}")),
            ("Layer, as a share of the depth", "Partial r"),
            [new(0, "0"), new(0.25, "¼"), new(0.5, "½"), new(0.75, "¾"), new(1, "1")],
            Ticks.AroundZero(values, 0.1),
            series);
        page.Close().Close();
    }

    private static void Table(Markup page, StudyWithin[] rows, string attribute)
    {
        Section.OpenTableDetails(page, $"Each run's highest layer: {Wording.Name(attribute)}");
        page.Open("table", ("class", "numbers"));
        page.Element("caption", "Intervals over prompts, drawn within folds; p corrected by Holm over the run's layers. Beyond words: less the figure of " +
            "layer 0.");
        page.Open("thead").Open("tr");
        foreach (var heading in new[] { "Run", "Layer", "Partial r", "Holm", "Beyond words", "n" })
        {
            page.Element("th", heading, ("scope", "col"));
        }

        page.Close().Close().Open("tbody");
        foreach (var run in rows.GroupBy(row => row.Run))
        {
            var row = run.MaxBy(row => row.R ?? double.NegativeInfinity)!;
            page.Open("tr").Element("th", run.Key, ("scope", "row"));
            foreach (
                var cell in new[]
                {
                    row.R is null ? NumberText.None : NumberText.Count(row.Layer),
                    row.R is null ? Wording.Reason(row.Reason) : NumberText.WithInterval(row.R, row.Low, row.High, NumberText.Unit),
                    ComparisonView.P(row.Holm),
                    NumberText.WithInterval(row.BeyondWords, row.BeyondLow, row.BeyondHigh, NumberText.Unit),
                    NumberText.Count(row.N),
                })
            {
                page.Element("td", cell);
            }

            page.Close();
        }

        page.Close().Close().Close().Close();
    }
}
