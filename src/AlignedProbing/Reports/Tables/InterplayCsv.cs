using System.Text;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Tables;

/// <summary><c>interplay.csv</c>: correlations over runs of strength with behaviour.</summary>
public static class InterplayCsv
{
    /// <summary>The columns.</summary>
    public const string Header =
        "at,scenario,attribute,metric,statistic,r,low,high,runs,families,family_low,family_high,p,holm,bh,layers,without_one_low,without_one_high,reason";

    /// <summary>Writes the rows.</summary>
    /// <param name="findings">What was found.</param>
    /// <param name="destination">Where to.</param>
    public static void Write(InterplayFindings findings, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(findings);
        ArgumentNullException.ThrowIfNull(destination);
        var text = new StringBuilder(Header).Append('\n');
        foreach (var row in findings.Rows)
        {
            CsvText.Line(
                text,
                row.At, row.Scenario, row.Attribute, row.Metric, row.Statistic,
                CsvText.Number(row.R), CsvText.Number(row.Low), CsvText.Number(row.High), CsvText.Number(row.Runs), CsvText.Number(row.Families),
                CsvText.Number(row.FamilyLow), CsvText.Number(row.FamilyHigh), CsvText.Number(row.P), CsvText.Number(row.Holm), CsvText.Number(row.Bh),
                row.Layers is { } layers ? CsvText.Number(layers) : "", CsvText.Number(row.WithoutOneLow), CsvText.Number(row.WithoutOneHigh),
                row.Reason ?? "");
        }

        destination.Write(Encoding.UTF8.GetBytes(text.ToString()));
    }
}
