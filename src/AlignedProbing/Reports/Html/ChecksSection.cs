using AlignedProbing.Reports.Charts;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Html;

/// <summary>
/// What stands beside strength before it is believed: selectivity, compression, what length explains, and which layers can be told from the peak.
/// </summary>
internal static class ChecksSection
{
    private const double Significant = 0.05;

    public static void Write(Markup page, Findings findings, InternalsView view)
    {
        ProbeKey[] keys = [.. view.Keys.Where(key => key.Control == "none")];
        if (keys.Length == 0 || (findings.Selectivity.Count == 0 && findings.Internals.All(cell => cell.OnlineCode is null && cell.PartialR is null)))
        {
            return;
        }

        Section.Open(
            page,
            "checks",
            "Checks",
            "A high correlation alone does not say that a layer holds the score. Selectivity: strength less that of the same probe on a control task. " +
            "Compression: how many times shorter the training labels are told by a probe than by their mean (a ratio of squared errors, not bits), of " +
            "classes than with a code of the same length for each (bits); 1 for a probe that has learnt nothing. Partial strength: what is left of strength " +
            "given the number of tokens.");
        var headline = Headline.Of(findings);
        string[] names = [.. keys.Select(key => Wording.Name(key.Probe) + (view.Scorers.Count > 1 ? $", labels by {key.Scorer}" : ""))];
        Section.Tabs(page, "Probe", "probe", names, headline.Probe is { } probe ? Math.Max(0, Array.IndexOf(keys, probe)) : 0, i =>
        {
            Leaks(page, findings, keys[i]);
            AtPeaks(page, findings, view, keys[i], names[i]);
            string[] attributes = [.. view.Attributes.Where(attribute => view.Has(keys[i], attribute))];
            Section.Tabs(page, "Attribute", "attribute", [.. attributes.Select(Wording.Name)], Math.Max(0, Array.IndexOf(attributes, headline.Attribute)), j =>
            {
                page.Open("div", ("class", "figures"));
                Charts(page, findings, view, keys[i], attributes[j]);
                page.Close();
            });
        });
        page.Close();
    }

    private static void Charts(Markup page, Findings findings, InternalsView view, ProbeKey key, string attribute)
    {
        CheckCharts.Draw(
            page,
            view,
            "Strength",
            "Information strength (Pearson r)",
            "Mean r over folds and seeds, with its 95 % interval.",
            Ticks.UnitRange(findings.Internals.SelectMany(cell => new[] { cell.R, cell.Low, cell.High }).OfType<double>(), 0.4),
            (scenario, layer) => view.Cell(key, scenario, attribute, layer) is { R: not null } cell
                ? new CheckCharts.Point(cell.R, cell.Low, cell.High, null)
                : new CheckCharts.Point(null, null, null, InternalsView.WhyMissing(view.Cell(key, scenario, attribute, layer))));
        foreach (var (name, figure) in CellText.Classifiers)
        {
            CheckCharts.Draw(
                page,
                view,
                name,
                name == "AUROC" ? "AUROC (.5: chance)" : name,
                "Mean over folds and seeds, with its 95 % interval.",
                (0, 1),
                (scenario, layer) => view.Cell(key, scenario, attribute, layer)?.Classifier is { } classifier && figure(classifier) is var found
                    ? new CheckCharts.Point(found.Value, found.Low, found.High, found.Value is null ? Wording.Reason(found.Reason) : null)
                    : new CheckCharts.Point(null, null, null, InternalsView.WhyMissing(view.Cell(key, scenario, attribute, layer))));
        }

        var rows = findings
            .Selectivity.Where(row => row.Probe == key.Probe && row.Scorer == key.Scorer && row.Attribute == attribute)
            .ToLookup(row => row.Control);
        var unit = Ticks.UnitRange(findings.Selectivity.SelectMany(row => new[] { row.Value, row.Low, row.High }).OfType<double>(), 0.4);
        foreach (var control in rows)
        {
            var cells = control.ToDictionary(row => (row.Scenario, row.Layer));
            CheckCharts.Draw(
                page,
                view,
                $"Selectivity against {Wording.Name(control.Key)}",
                "Strength less that of the control",
                "Mean r less the control's, with its 95 % interval, paired by prompt.",
                unit,
                (scenario, layer) => cells.GetValueOrDefault((scenario, layer)) is { } row
                    ? new CheckCharts.Point(row.Value, row.Low, row.High, row.Value is null ? Wording.Reason(row.Reason) : null)
                    : new CheckCharts.Point(null, null, null, InternalsView.WhyMissing(view.Cell(key, scenario, attribute, layer))));
        }

        var compressions = Ticks.RatioRange(
            findings
                .Internals.Where(cell => cell.Control == "none" && cell.Probe == key.Probe && cell.Scorer == key.Scorer)
                .Select(cell => cell.OnlineCode?.Compression)
                .OfType<double>());
        CheckCharts.Draw(
            page,
            view,
            "Compression by online coding",
            findings.Internals.Any(cell => cell.Probe == key.Probe && cell.Scorer == key.Scorer && cell.OnlineCode?.FrequencyCode is not null)
                ? "Compression (1: all classes alike)"
                : "Compression (1: the mean)",
            "Mean over folds, with its 95 % interval over them.",
            compressions,
            (scenario, layer) => view.Cell(key, scenario, attribute, layer)?.OnlineCode is { } code
                ? new CheckCharts.Point(code.Compression, code.Low, code.High, code.Compression is null ? Wording.Reason(code.Reason) : null)
                : new CheckCharts.Point(null, null, null, CellText.NotAsked));
        CheckCharts.Draw(
            page,
            view,
            "Partial strength given the number of tokens",
            "Partial correlation",
            "Mean partial correlation of prediction and label given the tokens pooled, with its 95 % interval.",
            Ticks.UnitRange(findings.Internals.SelectMany(cell => new[] { cell.PartialR, cell.PartialLow, cell.PartialHigh }).OfType<double>(), 0.4),
            (scenario, layer) =>
                view.Cell(key, scenario, attribute, layer) is { } cell
                    ? new CheckCharts.Point(
                        cell.PartialR,
                        cell.PartialLow,
                        cell.PartialHigh,
                        cell.PartialR is null ? WhyNoPartial(cell) : null)
                    : new CheckCharts.Point(null, null, null, "not run"));
    }

    private static string WhyNoPartial(InternalsFinding? cell) => cell?.R is null ? InternalsView.WhyMissing(cell)
        : cell.PartialReason is { } reason ? Wording.Reason(reason)
        : CellText.NotAsked;

    // Curves that share rows and folds share a sentence.
    private static void Leaks(Markup page, Findings findings, ProbeKey key)
    {
        foreach (
            var leak in findings
                .Leaks.Where(leak => leak.Probe == key.Probe && leak.Scorer == key.Scorer)
                .GroupBy(leak => (leak.Prompts, leak.Alike, leak.AcrossFolds)))
        {
            var where = string.Join(
                "; ",
                leak.GroupBy(row => row.Scenario)
                    .Select(scenario => $"{Wording.Scenario(scenario.Key)}: {string.Join(", ", scenario.Select(row => Wording.Name(row.Attribute)))}"));
            page.Open("p", ("class", "note"))
                .Element("strong", "Leaks")
                .Text(
                    $" of {NumberText.Count(leak.Key.Prompts)} prompts {NumberText.Count(leak.Key.Alike)} are identical, or nearly so, to another; " +
                    $"{NumberText.Count(leak.Key.AcrossFolds)} to one in another fold ({where}).")
                .Close();
        }
    }

    private static void AtPeaks(Markup page, Findings findings, InternalsView view, ProbeKey key, string name)
    {
        var peaks = findings.Peaks.Where(peak => peak.Probe == key.Probe && peak.Scorer == key.Scorer).ToArray();
        page.Open("div", ("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-label", $"Checks at the peaks, {name} probe"));
        page.Open("table", ("class", "numbers peaks"));
        page.Element(
            "caption",
            $"At each curve's peak, {name} probe, with 95 % intervals. Partial r rests on the rows, folds and seeds of the r beside it; n and runs say how " +
            "many. Selectivity is that against randomization. The peak was chosen on these data, so its r is a little high.");
        page.Open("thead").Open("tr");
        foreach (
            var column in new[]
            {
                "Attribute",
                "Scenario",
                "Peak layer",
                "r",
                "n",
                "Runs",
                "Partial r",
                "Selectivity",
                "Compression",
                "Layers not told apart from it",
            })
        {
            page.Element("th", column, ("scope", "col"));
        }

        page.Close().Close().Open("tbody");
        foreach (var peak in peaks)
        {
            Row(page, findings, view, key, peak);
        }

        page.Close().Close().Close();
    }

    private static void Row(Markup page, Findings findings, InternalsView view, ProbeKey key, PeakFinding peak)
    {
        var cell = view.Cell(key, peak.Scenario, peak.Attribute, peak.Layer);
        var selectivity = findings.Selectivity.FirstOrDefault(row =>
            row.Control == LabelPermutation.Name
            && row.Probe == key.Probe
            && row.Scorer == key.Scorer
            && row.Scenario == peak.Scenario
            && row.Attribute == peak.Attribute
            && row.Layer == peak.Layer);
        page.Open("tr")
            .Element("th", Wording.Name(peak.Attribute), ("scope", "row"))
            .Element("td", Wording.Scenario(peak.Scenario))
            .Element("td", NumberText.Count(peak.Layer));
        CheckCharts.Cell(page, new CheckCharts.Point(peak.R, peak.Low, peak.High, null));
        page.Element("td", cell is null ? NumberText.None : NumberText.Count(cell.N))
            .Element("td", cell is null ? NumberText.None : NumberText.Count(cell.Runs));
        CheckCharts.Cell(page, new CheckCharts.Point(cell?.PartialR, cell?.PartialLow, cell?.PartialHigh, WhyNoPartial(cell)));
        CheckCharts.Cell(
            page,
            new CheckCharts.Point(
                selectivity?.Value,
                selectivity?.Low,
                selectivity?.High,
                selectivity is null ? CellText.NotAsked : Wording.Reason(selectivity.Reason)));
        CheckCharts.Cell(
            page,
            new CheckCharts.Point(
                cell?.OnlineCode?.Compression,
                cell?.OnlineCode?.Low,
                cell?.OnlineCode?.High,
                cell?.OnlineCode is null ? CellText.NotAsked : Wording.Reason(cell.OnlineCode.Reason)));
        page.Element("td", NotToldApart(findings, key, peak)).Close();
    }

    // What the comparisons found, put into words: layers whose corrected p is not below .05.
    private static string NotToldApart(Findings findings, ProbeKey key, PeakFinding peak)
    {
        var compared = findings
            .Differences.Where(row =>
                row.Kind == "layers"
                && row.Probe == key.Probe
                && row.Scorer == key.Scorer
                && row.Attribute == peak.Attribute
                && row.Scenario == peak.Scenario
                && row.AdjustedP is not null)
            .ToArray();
        int[] alike = [.. compared.Where(row => row.AdjustedP >= Significant).Select(row => row.Layer).Order()];
        return compared.Length == 0 ? NumberText.None : alike.Length == 0 ? "none" : NumberText.Layers(alike);
    }
}
