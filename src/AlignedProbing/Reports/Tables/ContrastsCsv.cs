using System.Text;
using AlignedProbing.Files;
using AlignedProbing.Runs.Studies;

namespace AlignedProbing.Reports.Tables;

/// <summary><c>contrasts.csv</c>: runs of a study held against each other, prompt by prompt; below them the same contrast over several models.</summary>
public static class ContrastsCsv
{
    /// <summary>Writes the rows.</summary>
    /// <param name="findings">What the runs say together.</param>
    /// <param name="destination">Where to; it stays open.</param>
    public static void Write(StudyFindings findings, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(findings);
        ArgumentNullException.ThrowIfNull(destination);
        var text = new StringBuilder();
        CsvText.Line(
            text,
            "contrast", "over", "from", "to", "baseline", "run", "kind", "scorer", "probe", "attribute", "scenario", "layer", "metric", "baseline_value",
            "run_value", "estimate", "low", "high", "p", "p_holm", "n", "runs", "families", "reason");
        foreach (var contrast in findings.Contrasts)
        {
            var row = contrast.Difference;
            CsvText.Line(
                text,
                contrast.Contrast, "prompts", contrast.From, contrast.To, row.Baseline, row.Run, row.Kind, row.Scorer, row.Probe ?? "", row.Attribute,
                row.Scenario is { } scenario ? CsvText.Name(scenario) : "", CsvText.Number(row.Layer), row.Metric, CsvText.Number(row.BaselineValue),
                CsvText.Number(row.RunValue), CsvText.Number(row.Difference), CsvText.Number(row.Low), CsvText.Number(row.High), CsvText.Number(row.P),
                CsvText.Number(row.AdjustedP), CsvText.Number(row.N), "2", "1", row.Reason ?? "");
        }

        foreach (var row in findings.ContrastMeans)
        {
            CsvText.Line(
                text,
                row.Contrast, "runs", row.From, row.To, "", "", row.Kind, findings.Scorer ?? "", row.Scenario is null ? "" : findings.Probe ?? "",
                row.Attribute,
                row.Scenario is { } scenario ? CsvText.Name(scenario) : "", "", row.Metric, "", "", CsvText.Number(row.Mean), CsvText.Number(row.Low),
                CsvText.Number(row.High), "", "", "", CsvText.Number(row.Runs), CsvText.Number(row.Families), "");
        }

        destination.Write(AtomicWrite.Utf8.GetBytes(text.ToString()));
    }
}
