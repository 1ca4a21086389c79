using AlignedProbing.Reports.Charts;
using AlignedProbing.Reports.Tables;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Html;

/// <summary>Where a run has several scorers: how far they agree on the same texts, and what changes where one replaces the other.</summary>
internal static class ScorersSection
{
    public static void Write(Markup page, Findings findings)
    {
        if (findings.ScorerComparisons.Count == 0)
        {
            return;
        }

        Section.Open(
            page,
            "scorers",
            "The scorers, compared",
            "Scores of different scorers are never merged: each scorer has figures of its own above. Here two of them stand side by side on the same texts, " +
            "the second as what the first is held against.");
        var shown = findings.ScorerComparisons.TakeWhile(pair => pair.Agreement.Count == 0).Count() % findings.ScorerComparisons.Count;
        Section.Tabs(page, "Scorers", "scorers", [.. findings.ScorerComparisons.Select(pair => $"{pair.First} against {pair.Second}")], shown, i =>
            Pair(page, findings.ScorerComparisons[i], Headline.Of(findings).Attribute));
        page.Close();
    }

    private static void Pair(Markup page, ScorerComparisonFinding pair, string? headline)
    {
        page.Element(
            "p",
            $"{pair.First}, version {pair.FirstVersion}; {pair.Second}, version " +
            $"{pair.SecondVersion}.{Only(pair.First, pair.OnlyFirst)}{Only(pair.Second, pair.OnlySecond)}",
            ("class", "note"));
        if (pair.Agreement.Count == 0)
        {
            page.Element("p", "They have no attribute in common.");
            return;
        }

        page.Element("h3", "How far they agree");
        Agreement(page, pair);
        string[] attributes = [.. pair.Reliability.Select(curve => curve.Attribute)];
        page.Element("h3", "Reliability");
        Section.Tabs(page, "Attribute", "attribute", [.. attributes.Select(Wording.Name)], Math.Max(0, Array.IndexOf(attributes, headline)), i =>
            Reliability(page, pair, pair.Reliability[i]));
        if (pair.Changes.Count > 0)
        {
            page.Element("h3", $"What changes where {pair.Second} replaces {pair.First}");
            Changes(page, pair);
        }
    }

    private static string Only(string scorer, IReadOnlyList<string> attributes) =>
        attributes.Count == 0 ? "" : $" Only {scorer} has {string.Join(", ", attributes.Select(Wording.Name))}.";

    private static void Agreement(Markup page, ScorerComparisonFinding pair)
    {
        OpenTable(page, $"Agreement of {pair.First} and {pair.Second}");
        page.Element(
            "caption",
            "With 95 % bootstrap intervals over prompts. " +
            $"{string.Join("; ", ScorerComparisonTable.Measures.Select(measure => $"{measure.Heading}: {measure.Meaning}"))}. Missing: texts that one of " +
            "the two has not scored.");
        Head(page, ["Attribute", "Texts", "n", "Missing", .. ScorerComparisonTable.Measures.Select(measure => measure.Heading)]);
        foreach (var attribute in pair.Agreement.GroupBy(row => row.Attribute))
        {
            page.Open("tbody");
            var parts = attribute.GroupBy(row => row.Texts).Select(group => group.ToArray()).ToArray();
            for (var i = 0; i < parts.Length; i++)
            {
                page.Open("tr");
                if (i == 0)
                {
                    page.Element("th", Wording.Name(attribute.Key), ("scope", "rowgroup"), ("rowspan", NumberText.Count(parts.Length)));
                }

                page.Element("th", parts[i][0].Texts, ("scope", "row"), ("class", "subset"));
                page.Element("td", NumberText.Count(parts[i][0].N))
                    .Element("td", NumberText.Count(parts[i][0].Missing), ("class", parts[i][0].Missing > 0 ? "some" : "zero"));
                foreach (var (measure, _, _) in ScorerComparisonTable.Measures)
                {
                    var row = parts[i].First(row => row.Measure == measure);
                    Cell(page, row.Value, row.Low, row.High, row.Reason);
                }

                page.Close();
            }

            page.Close();
        }

        page.Close().Close();
    }

    private static void Reliability(Markup page, ScorerComparisonFinding pair, ReliabilityFinding curve)
    {
        page.Open("figure", ("class", "square"));
        page.Open("figcaption")
            .Element("strong", Wording.Name(curve.Attribute))
            .Text($" · what {pair.Second} says on average where {pair.First} says so much. On the dashed line they would agree; larger marks hold more texts.")
            .Close();
        ReliabilityChart.Draw(
            page,
            $"Reliability of {pair.First} against {pair.Second}: {Wording.Name(curve.Attribute)}",
            string.Join(
                "; ",
                curve.Bins.Select(bin =>
                    $"{pair.First} {NumberText.Unit(bin.First)}: {pair.Second} {NumberText.Unit(bin.Second)} ({NumberText.Count(bin.N)} texts)")),
            pair.First,
            pair.Second,
            curve.Bins);
        page.Close();
    }

    private static void Changes(Markup page, ScorerComparisonFinding pair)
    {
        string[] metrics = [.. pair.Changes.Select(row => row.Metric).Distinct()];
        OpenTable(page, $"Behaviour by {pair.First} and by {pair.Second}");
        page.Element(
            "caption",
            $"{pair.First} → {pair.Second}, and the difference with its 95 % interval, both on the prompts that both can use. Which prompts are toxic, each " +
            "scorer says for itself (n: prompts of the first, of the second).");
        Head(page, ["Attribute", "Prompts", "n", .. metrics]);
        foreach (var attribute in pair.Changes.GroupBy(row => row.Attribute))
        {
            page.Open("tbody");
            var subsets = attribute.GroupBy(row => row.Subset).Select(group => group.ToArray()).ToArray();
            for (var i = 0; i < subsets.Length; i++)
            {
                page.Open("tr");
                if (i == 0)
                {
                    page.Element("th", Wording.Name(attribute.Key), ("scope", "rowgroup"), ("rowspan", NumberText.Count(subsets.Length)));
                }

                var first = subsets[i][0];
                page.Element("th", first.Subset, ("scope", "row"), ("class", "subset"));
                page.Element(
                    "td",
                    first.NFirst == first.NSecond ? NumberText.Count(first.NFirst) : $"{NumberText.Count(first.NFirst)}, {NumberText.Count(first.NSecond)}");
                foreach (var metric in metrics)
                {
                    var row = subsets[i].First(row => row.Metric == metric);
                    page.Open("td").Text($"{NumberText.Unit(row.First)} → {NumberText.Unit(row.Second)}");
                    page.Element(
                            "span",
                            row.Difference is null
                                ? "no difference defined"
                                : $"{(row.Difference > 0 ? "+" : "")}{ScorerComparisonTable.Figure(row.Difference, row.Low, row.High)}",
                            ("class", "within"))
                        .Close();
                }

                page.Close();
            }

            page.Close();
        }

        page.Close().Close();
    }

    private static void OpenTable(Markup page, string label)
    {
        page.Open("div", ("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", label));
        page.Open("table", ("class", "numbers behaviour"));
    }

    private static void Head(Markup page, IEnumerable<string> columns)
    {
        page.Open("thead").Open("tr");
        foreach (var column in columns)
        {
            page.Element("th", column, ("scope", "col"));
        }

        page.Close().Close();
    }

    private static void Cell(Markup page, double? value, double? low, double? high, string? reason)
    {
        if (value is null)
        {
            CellText.Missing(page, Wording.Reason(reason));
            return;
        }

        page.Open("td").Text(NumberText.Unit(value) + " ").Element("span", NumberText.Interval(low, high, NumberText.Unit), ("class", "interval")).Close();
    }
}
