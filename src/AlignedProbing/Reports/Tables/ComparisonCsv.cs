using System.Text;
using AlignedProbing.Files;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Tables;

/// <summary><c>comparison.csv</c>: a row for each difference between two runs. Columns are explained in docs/guide/compare-runs.md.</summary>
public static class ComparisonCsv
{
    /// <summary>Writes the rows.</summary>
    /// <param name="findings">What comparing found.</param>
    /// <param name="destination">Where to; it stays open.</param>
    public static void Write(ComparisonFindings findings, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(findings);
        ArgumentNullException.ThrowIfNull(destination);
        var text = new StringBuilder();
        CsvText.Line(
            text,
            [
                "kind",
                "baseline",
                "run",
                "scorer",
                "probe",
                "attribute",
                "subset",
                "scenario",
                "layer",
                "run_layer",
                "metric",
                "baseline_value",
                "run_value",
                "estimate",
                "low",
                "high",
                "band_low",
                "band_high",
                "p",
                "p_holm",
                "comparisons",
                "n",
                "k",
                "across_scorers",
                "reason",
                "estimator",
            ]);
        foreach (var row in findings.Differences)
        {
            CsvText.Line(
                text,
                row.Kind,
                row.Baseline,
                row.Run,
                row.Scorer,
                row.Probe ?? "",
                row.Attribute,
                row.Subset ?? "",
                row.Scenario is { } scenario ? CsvText.Name(scenario) : "",
                CsvText.Number(row.Layer),
                CsvText.Number(row.RunLayer ?? row.Layer),
                row.Metric,
                CsvText.Number(row.BaselineValue),
                CsvText.Number(row.RunValue),
                CsvText.Number(row.Difference),
                CsvText.Number(row.Low),
                CsvText.Number(row.High),
                CsvText.Number(row.BandLow),
                CsvText.Number(row.BandHigh),
                CsvText.Number(row.P),
                CsvText.Number(row.AdjustedP),
                CsvText.Number(row.Comparisons),
                CsvText.Number(row.N),
                CsvText.Number(row.K),
                row.IsAcrossScorers ? "yes" : "no",
                row.Reason ?? "",
                row.Estimator);
        }

        destination.Write(AtomicWrite.Utf8.GetBytes(text.ToString()));
    }
}
