using System.Globalization;
using AlignedProbing.Reports.Charts;
using AlignedProbing.Reports.Interventions;
using AlignedProbing.Runs.Interventions;

namespace AlignedProbing.Reports.Html;

/// <summary>What edits and controls changed against what they cost the texts.</summary>
internal static class InterventionDamage
{
    private const double Least = 1e-6;

    private static readonly string[] Roles = ["the edits", "controls of the same strength", "controls of equal damage"];

    /// <summary>Writes it.</summary>
    public static void Write(Markup page, SweepFinding finding)
    {
        var (sweep, points) = (finding.Sweep, Points(finding));
        page.Element("h3", "Effect against damage");
        if (points.Count > 0)
        {
            page.Open("div", ("class", "figures")).Open("figure");
            page.Open("figcaption")
                .Element("strong", $"Change of EMT of {Wording.Name(sweep.Attribute)}")
                .Text(" · a mark an edit or control; what lies among the controls is damage");
            RunLegend.Marks(page, [.. Roles.Take(points.Max(point => point.Style) + 1)]);
            page.Close();
            DamageChart.Draw(page, $"Change of EMT of {sweep.Attribute} against KL", $"Change of EMT, {Wording.Name(sweep.Attribute)}", points);
            page.Close().Close();
        }

        Controls(page, finding);
        Table(page, finding);
    }

    private static IReadOnlyList<DamagePoint> Points(SweepFinding finding)
    {
        var sweep = finding.Sweep;
        var damage = finding.Damage.ToDictionary(row => row.Intervention, row => row.Divergence);
        var same = sweep.Edits.SelectMany(edit => edit.SameStrength).ToHashSet(StringComparer.Ordinal);
        var edits = sweep.Edits.ToDictionary(edit => edit.Name);
        return
        [
            .. finding.Effects
                .Where(effect => effect is { Metric: "EMT", Subset: "all", Change: not null } && effect.Scorer == sweep.Scorer
                    && effect.Attribute == sweep.Attribute)
                .Where(effect => damage.GetValueOrDefault(effect.Intervention) is not null)
                .Select(effect => new DamagePoint(
                    edits.ContainsKey(effect.Intervention) ? 0 : same.Contains(effect.Intervention) ? 1 : 2,
                    Math.Max(Least, damage[effect.Intervention]!.Value),
                    effect.Change!.Value,
                    effect.Low,
                    effect.High,
                    edits.TryGetValue(effect.Intervention, out var edit) ? InterventionNames.Short(sweep, edit) : "",
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{effect.Intervention}: {NumberText.WithInterval(effect.Change, effect.Low, effect.High, NumberText.Unit)}, KL " +
                        $"{damage[effect.Intervention]:0.0000}"
                    ))),
        ];
    }

    private static void Controls(Markup page, SweepFinding finding)
    {
        var rows = finding.Controls
            .Where(row => row.Metric == "EMT" && row.Scorer == finding.Sweep.Scorer && row.Attribute == finding.Sweep.Attribute)
            .ToArray();
        if (rows.Length == 0)
        {
            return;
        }

        Section.OpenTableDetails(page, $"Figures: edits against controls, {finding.Sweep.Name}");
        Head(page, "EMT against controls.", ["Edit", "Controls", "Number", "Change", "Mean of controls", "Difference", "Place"]);
        foreach (var row in rows)
        {
            Row(page, row.Intervention, [
                row.Against == "same-strength" ? "same strength" : "equal damage",
                NumberText.Count(row.Controls),
                NumberText.Unit(row.Effect),
                NumberText.Unit(row.ControlMean),
                NumberText.WithInterval(row.Excess, row.Low, row.High, NumberText.Unit),
                row.Place is { } place ? $"{NumberText.Count(place)} of {NumberText.Count(row.Controls + 1)}" : NumberText.None]);
        }

        page.Close().Close().Close().Close();
    }

    private static void Table(Markup page, SweepFinding finding)
    {
        Section.OpenTableDetails(page, $"Figures: damage, {finding.Sweep.Name}");
        Head(
            page,
            "KL in nats a token; perplexity of the edited model on given continuations, and of its own under the unedited model.",
            ["Run", "KL", "Perplexity, given", "Perplexity, own", "distinct-1", "distinct-2", "Tokens", "Ended", "Looping"]);
        foreach (var row in finding.Damage)
        {
            Row(page, row.Intervention, [
                row.Divergence is { } nats ? nats.ToString("0.0000", CultureInfo.InvariantCulture) : NumberText.None,
                NumberText.Quantity(row.GivenPerplexity),
                NumberText.Quantity(row.OwnPerplexity),
                NumberText.Unit(row.Distinct[0]),
                NumberText.Unit(row.Distinct[1]),
                NumberText.Quantity(row.Length),
                NumberText.Percent(row.Ended),
                NumberText.Percent(row.Looping)]);
        }

        page.Close().Close().Close().Close();
    }

    private static void Head(Markup page, string caption, string[] columns)
    {
        page.Open("table", ("class", "numbers dense"));
        page.Element("caption", caption).Open("thead").Open("tr");
        foreach (var column in columns)
        {
            page.Element("th", column, ("scope", "col"));
        }

        page.Close().Close().Open("tbody");
    }

    private static void Row(Markup page, string name, string[] cells)
    {
        page.Open("tr").Element("th", name, ("scope", "row"));
        foreach (var cell in cells)
        {
            page.Element("td", cell);
        }

        page.Close();
    }
}
