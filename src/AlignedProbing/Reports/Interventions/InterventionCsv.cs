using System.Text;
using AlignedProbing.Reports.Tables;
using AlignedProbing.Runs.Interventions;

namespace AlignedProbing.Reports.Interventions;

/// <summary>
/// All figures of interventions, a line each: <c>effect</c> (change of behaviour), <c>control</c> (an edit against its controls), <c>inside</c> (what is still
/// read in a layer), <c>damage</c>. Columns that a line has no use for are empty.
/// </summary>
internal static class InterventionCsv
{
    private static readonly string[] Columns =
    [
        "sweep",
        "intervention",
        "kind",
        "role",
        "layer",
        "scorer",
        "attribute",
        "subset",
        "figure",
        "n",
        "controls",
        "unedited",
        "edited",
        "value",
        "low",
        "high",
        "p",
        "corrected_p",
        "place",
        "reason",
    ];

    /// <summary>The table.</summary>
    public static string Of(InterventionFindings findings)
    {
        var text = new StringBuilder();
        CsvText.Line(text, Columns);
        foreach (var finding in findings.Sweeps)
        {
            var edits = finding.Sweep.Edits.Select(edit => edit.Name).ToHashSet(StringComparer.Ordinal);
            string Role(string name) => name == DerivedRuns.Unedited ? name : edits.Contains(name) ? "edit" : "control";
            foreach (var row in finding.Effects)
            {
                Line(text, finding, row.Intervention, "effect", Role(row.Intervention), [
                    row.Scorer, row.Attribute, row.Subset, row.Metric, CsvText.Number(row.N), "", CsvText.Number(row.Unedited), CsvText.Number(row.Edited),
                    CsvText.Number(row.Change), CsvText.Number(row.Low), CsvText.Number(row.High), CsvText.Number(row.P), CsvText.Number(row.PHolm), "",
                    row.Reason ?? ""]);
            }

            foreach (var row in finding.Controls)
            {
                Line(text, finding, row.Intervention, "control", row.Against, [
                    row.Scorer, row.Attribute, "all", row.Metric, CsvText.Number(row.N), CsvText.Number(row.Controls), CsvText.Number(row.ControlMean),
                    CsvText.Number(row.Effect), CsvText.Number(row.Excess), CsvText.Number(row.Low), CsvText.Number(row.High), "", "",
                    row.Place is { } place ? CsvText.Number(place) : "", row.Reason ?? ""]);
            }

            foreach (var row in finding.Inside)
            {
                Inside(text, finding, row);
            }

            foreach (var row in finding.Damage)
            {
                Damage(text, finding, row, Role(row.Intervention));
            }
        }

        return text.ToString();
    }

    private static void Inside(StringBuilder text, SweepFinding finding, InsideFinding row)
    {
        (string Figure, double? Value)[] figures =
        [
            ("r_unedited", row.Unedited), ("r_applied", row.Applied), ("r_retrained", row.Retrained), ("r_along", row.Along), ("spread", row.Spread),
        ];
        foreach (var (figure, value) in figures)
        {
            string[] cells =
            [
                row.Scorer, row.Attribute, "all", figure, CsvText.Number(row.N), "", "", "", CsvText.Number(value), "", "", "", "", "",
                value is null ? row.Reason ?? "not_run" : "",
            ];
            Line(text, finding, row.Intervention, "inside", row.Probe, cells, CsvText.Number(row.Layer));
        }
    }

    private static void Damage(StringBuilder text, SweepFinding finding, DamageFinding row, string role)
    {
        (string Figure, double? Value)[] figures =
        [
            ("kl", row.Divergence), ("perplexity_given", row.GivenPerplexity), ("perplexity_own", row.OwnPerplexity),
            .. row.Distinct.Select((value, i) => (FormattableString.Invariant($"distinct_{i + 1}"), value)),
            ("length", row.Length), ("ended", row.Ended), ("looping", row.Looping),
        ];
        foreach (var (figure, value) in figures)
        {
            Line(text, finding, row.Intervention, "damage", role, [
                "", "", "all", figure, CsvText.Number(row.Continuations), "", "", "", CsvText.Number(value), "", "", "", "", "",
                value is null ? "not_measured" : ""]);
        }
    }

    private static void Line(StringBuilder text, SweepFinding finding, string intervention, string kind, string role, string[] cells, string layer = "") =>
        CsvText.Line(text, [finding.Sweep.Name, intervention, kind, role, layer, .. cells]);
}
