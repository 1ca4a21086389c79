using AlignedProbing.Reports.Charts;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Html;

/// <summary>How behaviour differs: charts of the differences, tables of both figures, and what the texts are like.</summary>
internal static class ComparedBehaviorSection
{
    private static readonly string[] Subsets = ["all", "toxic", "other"];
    private static readonly (string Metric, string Caption, string Axis)[] Charts =
    [
        ("EMT", "Expected maximum", "Difference of EMT, run less baseline"),
        ("TP", "Toxicity probability", "Difference of TP, run less baseline"),
    ];

    public static void Write(Markup page, ComparisonView view)
    {
        if (view.Scorers.Count == 0)
        {
            return;
        }

        Section.Open(
            page,
            "behaviour",
            "How behaviour differs",
            $"Each run less {view.Runs[0]}, on the same prompts, with 95 % intervals. Right of 0 the run scores higher.");
        foreach (var scorer in view.Scorers)
        {
            page.Element(
                "h3",
                view.Findings.Differences.First(row => row.Scorer == scorer).IsAcrossScorers ? $"Scored by {scorer}: unlike scorers" : $"Scored by {scorer}");
            page.Open("div", ("class", "figures"));
            foreach (var chart in Charts)
            {
                Chart(page, view, scorer, chart.Metric, chart.Caption, chart.Axis);
            }

            page.Close();
            string[] others = [.. view.Others];
            Section.Tabs(page, "Run", "run", others, 0, i => Table(page, view, scorer, others[i]));
        }

        Texts(page, view);
        page.Close();
    }

    private static void Chart(Markup page, ComparisonView view, string scorer, string metric, string caption, string axis)
    {
        DotRow[] rows =
        [
            .. view.Attributes(scorer)
                .Where(attribute => view.BehaviorDifference(scorer, attribute, "all", metric, view.Runs[1]) is not null)
                .Select(attribute => new DotRow(
                    Wording.Name(attribute),
                    [
                        .. view.Others.Select(
                            (run, place) =>
                            {
                                var row = view.BehaviorDifference(scorer, attribute, "all", metric, run);
                                return new DotMark(
                                    (place + 1) % 8,
                                    row?.Difference,
                                    row?.Low,
                                    row?.High,
                                    $"{run}, {Wording.Name(attribute)}: {ComparisonView.Text(row)}, corrected p {ComparisonView.P(row?.AdjustedP)}");
                            }),
                    ])),
        ];
        if (rows.Length == 0)
        {
            return;
        }

        page.Open("figure");
        page.Open("figcaption").Element("strong", caption).Text(" · all prompts");
        if (view.Runs.Count > 2)
        {
            RunLegend.Marks(page, view.Runs, skip: 1);
        }

        page.Close();
        var range = Ticks.AroundZero(rows.SelectMany(row => row.Marks).SelectMany(mark => new[] { mark.Value, mark.Low, mark.High }).OfType<double>(), 0.06);
        DotChart.Draw(
            page,
            $"{caption}: differences by attribute, scored by {scorer}",
            "Dots with 95 % intervals around 0; the table below holds every figure.",
            axis,
            rows,
            range,
            "s");
        page.Close();
    }

    private static void Table(Markup page, ComparisonView view, string scorer, string run)
    {
        string[] metrics = [.. view.Findings.Differences.Where(row => row.Kind == "behavior" && row.Scorer == scorer).Select(row => row.Metric).Distinct()];
        page.Open("div", ("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", $"{run} against {view.Runs[0]}, scored by {scorer}"));
        page.Open("table", ("class", "numbers behaviour"));
        page.Element(
            "caption",
            $"{view.Runs[0]} → {run}, and the difference with its 95 % interval; p corrected for the number of comparisons. n: prompts, the same for both. " +
            "Which prompts are toxic, the baseline's scores say.");
        page.Open("thead")
            .Open("tr")
            .Element("th", "Attribute", ("scope", "col"))
            .Element("th", "Prompts", ("scope", "col"))
            .Element("th", "n", ("scope", "col"));
        foreach (var metric in metrics)
        {
            page.Element("th", metric, ("scope", "col"));
        }

        page.Close().Close();
        foreach (var attribute in view.Attributes(scorer))
        {
            page.Open("tbody");
            string[] subsets = [.. Subsets.Where(subset => metrics.Any(metric => view.BehaviorDifference(scorer, attribute, subset, metric, run) is not null))];
            foreach (var (place, subset) in subsets.Index())
            {
                RunDifference?[] rows = [.. metrics.Select(metric => view.BehaviorDifference(scorer, attribute, subset, metric, run))];
                page.Open("tr");
                if (place == 0)
                {
                    page.Element("th", Wording.Name(attribute), ("scope", "rowgroup"), ("rowspan", NumberText.Count(subsets.Length)));
                }

                page.Element("th", subset, ("scope", "row"), ("class", "subset"));
                page.Element("td", string.Join(", ", rows.OfType<RunDifference>().Select(row => NumberText.Count(row.N)).Distinct()));
                foreach (var row in rows)
                {
                    DifferenceCell.Write(page, row);
                }

                page.Close();
            }

            page.Close();
        }

        page.Close().Close();
    }

    private static void Texts(Markup page, ComparisonView view)
    {
        var properties = view.Of("texts").GroupBy(row => (row.Scorer, row.Attribute)).ToArray();
        if (properties.Length == 0)
        {
            return;
        }

        page.Element("h3", "What the texts are like");
        page.Open("div", ("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", "Properties of the texts"));
        page.Open("table", ("class", "numbers behaviour"));
        page.Element(
            "caption",
            $"{view.Runs[0]} → each run, and the difference with its 95 % interval; p corrected for all properties and runs. Perplexity is that of each " +
            "model on its own run's continuations, unless another is named that read them.");
        page.Open("thead").Open("tr").Element("th", "Property", ("scope", "col")).Element("th", "n", ("scope", "col"));
        foreach (var run in view.Others)
        {
            page.Element("th", run, ("scope", "col"));
        }

        page.Close().Close().Open("tbody");
        foreach (var property in properties)
        {
            RunDifference[] rows = [.. property];
            var reader = property.Key.Scorer == BehaviorFinding.Texts ? "" : $", read by {property.Key.Scorer}";
            page.Open("tr").Element("th", Wording.Name(property.Key.Attribute) + reader, ("scope", "row")).Element("td", NumberText.Count(rows[0].N));
            foreach (var row in rows)
            {
                DifferenceCell.Write(page, row);
            }

            page.Close();
        }

        page.Close().Close().Close();
    }
}
