using AlignedProbing.Reports.Charts;
using AlignedProbing.Reports.Interventions;
using AlignedProbing.Runs.Interventions;

namespace AlignedProbing.Reports.Html;

/// <summary>Changes of a sweep by edit and attribute, as maps and as tables.</summary>
internal static class InterventionMaps
{
    private static readonly string[] Metrics = ["EMT", "TP", "TC"];

    /// <summary>Writes them; nothing where no edit is complete.</summary>
    public static void Write(Markup page, SweepFinding finding)
    {
        var sweep = finding.Sweep;
        var effects = finding.Effects
            .Where(effect => !effect.IsControl && effect.Subset == "all" && effect.Scorer == sweep.Scorer)
            .ToDictionary(effect => (effect.Intervention, effect.Attribute, effect.Metric));
        string[] attributes = [.. effects.Keys.Select(key => key.Attribute).Distinct()];
        if (attributes.Length == 0)
        {
            return;
        }

        var rows = Metrics.ToDictionary(metric => metric, metric => (IReadOnlyList<ChangeRow>)
        [
            .. attributes.Select(attribute => new ChangeRow(
                Wording.Name(attribute), [.. sweep.Edits.Select(edit => Cell(effects.GetValueOrDefault((edit.Name, attribute, metric)), edit.Name))])),
        ]);
        // A correlation moves further than a score: it has a scale of its own.
        var (ofScores, ofCorrelations) = (DivergingMap.Reach([.. rows["EMT"], .. rows["TP"]]), DivergingMap.Reach(rows["TC"]));
        var columns = sweep.Edits.Select(edit => InterventionNames.Short(sweep, edit)).ToArray();
        page.Element("h3", $"Change of behaviour, by {sweep.Scorer}");
        page.Open("div", ("class", "figures"));
        foreach (var metric in Metrics)
        {
            page.Open("figure");
            page.Open("figcaption").Element("strong", metric).Text(" · edited less unedited, all prompts").Close();
            var reach = metric == "TC" ? ofCorrelations : ofScores;
            DivergingMap.Legend(page, reach);
            DivergingMap.Draw(page, $"Change of {metric} by edit and attribute", InterventionNames.Axis(sweep), columns, rows[metric], reach);
            Table(page, finding, metric, attributes, effects);
            page.Close();
        }

        page.Close();
    }

    private static ChangeCell Cell(EffectFinding? effect, string name) => effect?.Change is { } change
        ? new ChangeCell(
            change,
            effect.Low <= 0 && effect.High >= 0,
            $"{name}, {Wording.Name(effect.Attribute)}: {NumberText.WithInterval(change, effect.Low, effect.High, NumberText.Unit)}, corrected p "
                + $"{NumberText.Small(effect.PHolm)}, n = {NumberText.Count(effect.N)}")
        : new ChangeCell(null, false, $"{name}: {(effect is null ? "not complete" : Wording.Reason(effect.Reason))}");

    private static void Table(
        Markup page,
        SweepFinding finding,
        string metric,
        string[] attributes,
        Dictionary<(string Intervention, string Attribute, string Metric), EffectFinding> effects)
    {
        Section.OpenTableDetails(page, $"Figures: {metric}, {finding.Sweep.Name}");
        page.Open("table", ("class", "numbers dense"));
        page.Element("caption", $"Change of {metric} with its 95 % interval; a star: corrected p below .05.");
        page.Open("thead").Open("tr").Element("th", "Edit", ("scope", "col"));
        foreach (var attribute in attributes)
        {
            page.Element("th", Wording.Name(attribute), ("scope", "col"));
        }

        page.Close().Close().Open("tbody");
        foreach (var edit in finding.Sweep.Edits)
        {
            page.Open("tr").Element("th", edit.Name, ("scope", "row"));
            foreach (var attribute in attributes)
            {
                var effect = effects.GetValueOrDefault((edit.Name, attribute, metric));
                page.Element(
                    "td",
                    effect?.Change is null ? "missing"
                        : NumberText.WithInterval(effect.Change, effect.Low, effect.High, NumberText.Unit) + (effect.PHolm < 0.05 ? " *" : ""),
                    ("class", effect?.Change is null ? "none" : null));
            }

            page.Close();
        }

        page.Close().Close().Close().Close();
    }
}
