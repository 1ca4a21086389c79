using System.Text;
using AlignedProbing.Files;
using AlignedProbing.Runs.Studies;

namespace AlignedProbing.Reports.Tables;

/// <summary><c>within.csv</c>: interplay within each run, over prompts.</summary>
public static class StudyWithinCsv
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
            "run", "scorer", "behavior_scorer", "probe", "attribute", "behavior", "layer", "r", "low", "high", "p", "holm", "beyond_words", "beyond_low",
            "beyond_high", "n", "reason");
        foreach (var row in findings.Within)
        {
            CsvText.Line(
                text,
                row.Run, row.Scorer, row.BehaviorScorer, row.Probe, row.Attribute, row.Behavior, CsvText.Number(row.Layer), CsvText.Number(row.R),
                CsvText.Number(row.Low), CsvText.Number(row.High), CsvText.Number(row.P), CsvText.Number(row.Holm), CsvText.Number(row.BeyondWords),
                CsvText.Number(row.BeyondLow), CsvText.Number(row.BeyondHigh), CsvText.Number(row.N), row.Reason ?? "");
        }

        destination.Write(AtomicWrite.Utf8.GetBytes(text.ToString()));
    }
}
