using System.Text;
using AlignedProbing.Files;
using AlignedProbing.Runs.Studies;

namespace AlignedProbing.Reports.Tables;

/// <summary><c>study-runs.csv</c>: a row for each figure of behaviour and each peak of each run.</summary>
public static class StudyRunsCsv
{
    private static readonly string[] Options = ["revision", "adapter", "precision", "template", "seed"];

    /// <summary>Writes the rows.</summary>
    /// <param name="findings">What the runs say together.</param>
    /// <param name="destination">Where to; it stays open.</param>
    public static void Write(StudyFindings findings, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(findings);
        ArgumentNullException.ThrowIfNull(destination);
        var text = new StringBuilder();
        CsvText.Line(text, [
            "run", "folder", "state", "together", "family", "kind", "model", .. Options, "step", "blocks", "prompts", "figure", "attribute", "scenario",
            "layer", "value", "low", "high", "n",
        ]);
        foreach (var run in findings.Runs)
        {
            string[] about =
            [
                run.Name, run.Run, run.State, run.Together ? "yes" : "no", run.Family, run.Kind ?? "", run.Model ?? "",
                .. Options.Select(option => run.Settings.GetValueOrDefault(option) ?? ""),
                CsvText.Number(run.Step), CsvText.Number(run.Blocks), CsvText.Number(run.Prompts),
            ];
            foreach (var row in run.Behavior)
            {
                CsvText.Line(text, [
                    .. about, row.Metric, row.Attribute, "", "", CsvText.Number(row.Value), CsvText.Number(row.Low), CsvText.Number(row.High),
                    CsvText.Number(row.N),
                ]);
            }

            foreach (var peak in run.Peaks)
            {
                CsvText.Line(text, [
                    .. about, "peak", peak.Attribute, CsvText.Name(peak.Scenario), CsvText.Number(peak.Layer), CsvText.Number(peak.R), CsvText.Number(peak.Low),
                    CsvText.Number(peak.High), "",
                ]);
            }

            if (run.Behavior.Count + run.Peaks.Count == 0)
            {
                CsvText.Line(text, [.. about, "", "", "", "", "", "", "", ""]);
            }
        }

        destination.Write(AtomicWrite.Utf8.GetBytes(text.ToString()));
    }
}
