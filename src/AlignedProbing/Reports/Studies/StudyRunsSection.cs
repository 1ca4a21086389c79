using AlignedProbing.Reports.Charts;
using AlignedProbing.Reports.Html;
using AlignedProbing.Runs.Studies;

namespace AlignedProbing.Reports.Studies;

/// <summary>The table of runs, and their behaviour at a glance.</summary>
internal static class StudyRunsSection
{
    private static readonly string[] Metrics = ["EMT", "TP", "TC"];

    public static void Write(Markup page, StudyView view)
    {
        Section.Open(page, "runs", "The runs", "Behaviour over all prompts, and where strength peaks. A click on a heading sorts.");
        Section.Tabs(page, "Attribute", "attribute", view.Findings.Attributes.Count == 0 ? ["all"] : [.. view.Findings.Attributes.Select(Wording.Name)], 0, i =>
        {
            var attribute = view.Findings.Attributes.Count == 0 ? null : view.Findings.Attributes[i];
            if (attribute is not null)
            {
                Bars(page, view, attribute);
            }

            Table(page, view, attribute);
        });
        page.Close();
    }

    /// <summary>Which kind has which mark; nothing where no kind was named.</summary>
    public static void Legend(Markup page, StudyView view)
    {
        if (view.Kinds.Count > 0)
        {
            page.Open("p", ("class", "note"));
            RunLegend.Marks(page, view.Kinds);
            page.Close();
        }
    }

    private static void Bars(Markup page, StudyView view, string attribute)
    {
        StudyRun[] runs = [.. view.Findings.Runs.Where(run => run.Behavior.Any(row => row.Attribute == attribute))];
        if (runs.Length == 0)
        {
            return;
        }

        Legend(page, view);
        page.Open("div", ("class", "figures"));
        foreach (var metric in Metrics[..2])
        {
            page.Open("figure").Open("figcaption").Element("strong", metric).Text($" of {Wording.Name(attribute)} · all prompts, 95 % over prompts").Close();
            DotChart.Draw(
                page,
                $"{metric} of {Wording.Name(attribute)}, a row a run",
                "Dots with 95 % intervals; the table below holds every figure.",
                metric,
                [
                    .. runs.Select(run =>
                    {
                        var row = run.Behavior.FirstOrDefault(row => row.Attribute == attribute && row.Metric == metric);
                        return new DotRow(
                            Short(run.Name),
                            [
                                new DotMark(
                                    view.StyleOf(run.Name) % 8,
                                    row?.Value,
                                    row?.Low,
                                    row?.High,
                                    $"{run.Name}: {StudyMarkdown.Behavior(run, attribute, metric)}"),
                            ]);
                    }),
                ],
                styles: "s",
                left: 190);
            page.Close();
        }

        page.Close();
    }

    private static void Table(Markup page, StudyView view, string? attribute)
    {
        page.Open("div", ("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", "The runs"));
        page.Open("table", ("class", "numbers sortable")).Open("thead").Open("tr");
        string[] headings =
        [
            "Run", "State", "Family", "Kind", "Blocks", "Prompts", .. attribute is null ? Array.Empty<string>() : Metrics,
            .. view.Scenarios.Select(scenario => $"{Wording.Scenario(scenario)} peak"),
        ];
        foreach (var heading in headings)
        {
            page.Element("th", heading, ("scope", "col"), ("aria-sort", "none"), ("tabindex", "0"));
        }

        page.Close().Close().Open("tbody");
        foreach (var run in view.Findings.Runs)
        {
            page.Open("tr").Element("th", run.Name, ("scope", "row"));
            foreach (
                var cell in new[]
                {
                    run.Together ? run.State : $"{run.State}, left out",
                    run.Family,
                    run.Kind ?? NumberText.None,
                    run.Blocks is { } blocks ? NumberText.Count(blocks) : NumberText.None,
                    run.Prompts is { } prompts ? NumberText.Count(prompts) : NumberText.None,
                })
            {
                page.Element("td", cell);
            }

            foreach (var metric in attribute is null ? [] : Metrics)
            {
                page.Element("td", StudyMarkdown.Behavior(run, attribute!, metric));
            }

            foreach (var scenario in view.Scenarios)
            {
                var peak = run.Peaks.FirstOrDefault(peak => peak.Scenario == scenario && peak.Attribute == attribute);
                page.Open("td").Text(peak is null ? NumberText.None : NumberText.WithInterval(peak.R, peak.Low, peak.High, NumberText.Unit));
                if (peak is not null)
                {
                    page.Element("span", $"layer {NumberText.Count(peak.Layer)}", ("class", "within"));
                }

                page.Close();
            }

            page.Close();
        }

        page.Close().Close().Close();
    }

    private static string Short(string name) => name.Length <= 28 ? name : name[..13] + "…" + name[^14..];
}
