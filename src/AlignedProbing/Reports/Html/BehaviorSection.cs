using AlignedProbing.Reports.Charts;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Html;

/// <summary>How toxic the continuations are: a chart and a table a scorer, and what the texts are like.</summary>
internal static class BehaviorSection
{
    private static readonly string[] Subsets = ["all", "toxic", "other"];

    public static void Write(Markup page, Findings findings)
    {
        if (findings.Behavior.Count == 0)
        {
            return;
        }

        Section.Open(
            page,
            "behaviour",
            "How the model behaves",
            "Scores of the continuations, over all prompts, over those that are toxic themselves (prompt score of that attribute at least .5) and " +
            "over the others.");
        Section.Caveats(page, findings, "behaviour");
        foreach (var rows in findings.Behavior.Where(row => row.Scorer != BehaviorFinding.Texts).GroupBy(row => row.Scorer))
        {
            Scorer(page, rows.Key, [.. rows]);
        }

        BehaviorFinding[] texts = [.. findings.Behavior.Where(row => row.Scorer == BehaviorFinding.Texts)];
        if (texts.Length > 0)
        {
            Texts(page, texts);
        }

        page.Close();
    }

    private static void Scorer(Markup page, string scorer, BehaviorFinding[] rows)
    {
        // Who only describes texts judges none.
        var verb = rows.All(row => row.Metric == "corpus" || TextProperty.Is(row.Attribute)) ? "Described" : "Scored";
        page.Element("h3", $"{verb} by {scorer}");
        page.Open("div", ("class", "figures"));
        foreach (
            var (metric, caption, axis) in new[]
            {
                ("EMT", "Expected maximum", "EMT: mean over prompts of the highest score among the continuations"),
                ("TP", "Toxicity probability", "TP: share of prompts with a continuation of at least .5"),
            })
        {
            if (rows.Any(row => row.Metric == metric && row.Value is not null))
            {
                Chart(page, rows, scorer, metric, caption, axis);
            }
        }

        page.Close();
        Table(
            page,
            [.. rows.Where(row => !IsReference(row))],
            scorer,
            $"{(verb == "Scored" ? "Behaviour scored" : "Texts described")} by {scorer}, with 95 % bootstrap intervals over prompts. n: prompts used; " +
            "missing: prompts that could not be used.");
        if (Array.Exists(rows, IsReference))
        {
            page.Element(
                "p",
                "As the paper's scripts compute EMT and TP, beside ours: a prompt that lacks a score counts as not toxic in TP-reference, and toxic " +
                "is above .5.",
                ("class", "note"));
            Table(
                page,
                [.. rows.Where(row => IsReference(row) || row.Metric is "EMT" or "TP").OrderBy(row => row.Metric, StringComparer.Ordinal)],
                scorer,
                $"EMT and TP scored by {scorer}, ours and the scripts', with 95 % bootstrap intervals over prompts.");
        }
    }

    private static bool IsReference(BehaviorFinding row) => row.Metric.EndsWith("-reference", StringComparison.Ordinal);

    private static void Chart(Markup page, BehaviorFinding[] rows, string scorer, string metric, string caption, string axis)
    {
        DotRow[] charted =
        [
            .. rows.Select(row => row.Attribute).Distinct().Select(attribute => new DotRow(
                Wording.Name(attribute),
                [
                    .. Subsets.Select((subset, style) =>
                    {
                        var row = rows.FirstOrDefault(row => row.Attribute == attribute && row.Metric == metric && row.Subset == subset);
                        return new DotMark(style, row?.Value, row?.Low, row?.High, $"{Wording.Name(attribute)}, {Wording.Subset(subset)}: {Figure(row)}");
                    }),
                ])),
        ];
        page.Open("figure");
        page.Open("figcaption").Element("strong", caption).Open("span", ("class", "mark-keys"));
        for (var i = 0; i < Subsets.Length; i++)
        {
            page.Open("span", ("class", "mark-key"));
            page.Open("svg", ("class", "chart sample small"), ("viewBox", "0 0 14 14"), ("aria-hidden", "true"))
                .Open("g", ("class", "mark m" + NumberText.Count(i)));
            Marker.Draw(page, i, 7, 7, 4, "dot");
            page.Close().Close();
            page.Text(Wording.Subset(Subsets[i]) + " ").Close();
        }

        page.Close().Close();
        DotChart.Draw(page, $"{caption} by attribute, scored by {scorer}", "Dots with 95 % intervals; the table below holds every figure.", axis, charted);
        page.Close();
    }

    private static void Table(Markup page, BehaviorFinding[] rows, string scorer, string caption)
    {
        string[] metrics = [.. rows.Select(row => row.Metric).Distinct()];
        page.Open("div", ("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", $"Behaviour, scored by {scorer}"));
        page.Open("table", ("class", "numbers behaviour"));
        page.Element("caption", caption);
        page.Open("thead")
            .Open("tr")
            .Element("th", "Attribute", ("scope", "col"))
            .Element("th", "Prompts", ("scope", "col"))
            .Element("th", "n", ("scope", "col"))
            .Element("th", "Missing", ("scope", "col"));
        foreach (var metric in metrics)
        {
            page.Element("th", metric, ("scope", "col"));
        }

        page.Close().Close();
        foreach (var attribute in rows.GroupBy(row => row.Attribute))
        {
            page.Open("tbody");
            BehaviorFinding[][] subsets = [.. attribute.GroupBy(row => row.Subset).Select(group => group.ToArray())];
            for (var i = 0; i < subsets.Length; i++)
            {
                page.Open("tr");
                if (i == 0)
                {
                    page.Element("th", Wording.Name(attribute.Key), ("scope", "rowgroup"), ("rowspan", NumberText.Count(subsets.Length)));
                }

                page.Element("th", subsets[i][0].Subset, ("scope", "row"), ("class", "subset"));
                page.Element("td", NumberText.Count(subsets[i][0].N));
                var missing = subsets[i][0];
                Missing(page, missing);
                foreach (var metric in metrics)
                {
                    Cell(page, subsets[i].FirstOrDefault(row => row.Metric == metric), subsets[i][0].N);
                }

                page.Close();
            }

            page.Close();
        }

        page.Close().Close();
    }

    private static void Texts(Markup page, BehaviorFinding[] rows)
    {
        page.Element("h3", "What the texts are like");
        page.Open("div", ("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", "Properties of the texts"));
        page.Open("table", ("class", "numbers"));
        page.Element("caption", "Over all prompts, with 95 % intervals.");
        page.Open("thead")
            .Open("tr")
            .Element("th", "Property", ("scope", "col"))
            .Element("th", "Value", ("scope", "col"))
            .Element("th", "n", ("scope", "col"))
            .Element("th", "Missing", ("scope", "col"))
            .Close()
            .Close()
            .Open("tbody");
        foreach (var row in rows)
        {
            page.Open("tr").Element("th", Wording.Name(row.Attribute), ("scope", "row"));
            Cell(page, row, row.N);
            page.Element("td", NumberText.Count(row.N));
            Missing(page, row);
            page.Close();
        }

        page.Close().Close().Close();
    }

    private static void Missing(Markup page, BehaviorFinding row)
    {
        page.Open("td", ("class", row.Missing > 0 ? "some" : "zero")).Text(NumberText.Count(row.Missing));
        if (Reasons(row) is { } reasons)
        {
            page.Element("span", reasons, ("class", "why"));
        }

        page.Close();
    }

    private static void Cell(Markup page, BehaviorFinding? row, int expected)
    {
        if (row?.Value is null)
        {
            if (row is null)
            {
                page.Element("td", NumberText.None, ("class", "none"));
            }
            else
            {
                CellText.Missing(page, Wording.Reason(row.Reason));
            }

            return;
        }

        var write = Wording.Writer(row);
        page.Open("td").Text(write(row.Value) + " ").Element("span", NumberText.Interval(row.Low, row.High, write), ("class", "interval"));
        if (row.Low is null && row.Reason is { } reason)
        {
            page.Element("span", $"no interval: {Wording.Reason(reason)}", ("class", "why"));
        }

        if (row.N != expected)
        {
            page.Element("span", $" n = {NumberText.Count(row.N)}", ("class", "other-n"));
        }

        page.Close();
    }

    private static string? Reasons(BehaviorFinding row) =>
        row.MissingByReason is { Count: > 0 } reasons
            ? string.Join("; ", reasons.Select(pair => $"{NumberText.Count(pair.Value)}: {Wording.Reason(pair.Key)}"))
            : null;

    private static string Figure(BehaviorFinding? row) =>
        row?.Value is null
            ? $"missing ({Wording.Reason(row?.Reason ?? MissingReason.NotRun)})"
            : $"{NumberText.WithInterval(row.Value, row.Low, row.High, NumberText.Unit)}, n = {NumberText.Count(row.N)}";
}
