using System.Text;
using AlignedProbing.Files;
using AlignedProbing.Runs;

namespace AlignedProbing.Reports.Tables;

/// <summary>
/// <c>internals.csv</c>: a row for each probe, control, scorer, scenario, attribute and layer. Columns are explained in docs/reference/findings.md.
/// </summary>
public sealed class InternalsCsv : IReportExporter
{
    /// <inheritdoc/>
    public string FileName => "internals.csv";

    /// <inheritdoc/>
    public void Write(Findings findings, RunFolder run, Stream destination)
    {
        var text = new StringBuilder();
        CsvText.Line(
            text,
            "probe",
            "control",
            "scenario",
            "attribute",
            "layer",
            "r",
            "low",
            "high",
            "mse",
            "n",
            "runs",
            "scorer",
            "missing_runs",
            "reason",
            "missing_by_reason",
            "estimator",
            "spearman",
            "r2",
            "code",
            "mean_code",
            "compression",
            "folds_low",
            "folds_high",
            "spread",
            "partial_r",
            "partial_low",
            "partial_high",
            "frequency_code",
            "accuracy",
            "accuracy_low",
            "accuracy_high",
            "macro_f1",
            "macro_f1_low",
            "macro_f1_high",
            "auroc",
            "auroc_low",
            "auroc_high",
            "macro_runs",
            "missing_macro",
            "cross_entropy",
            "classes",
            "last_epoch",
            "train_n",
            "partial_reason",
            "accuracy_estimator",
            "macro_estimator",
            "compression_low",
            "compression_high",
            "compression_estimator",
            "compression_folds",
            "compression_reason");
        foreach (var row in findings.Internals)
        {
            CsvText.Line(
                text,
                row.Probe,
                row.Control,
                CsvText.Name(row.Scenario),
                row.Attribute,
                CsvText.Number(row.Layer),
                CsvText.Number(row.R),
                CsvText.Number(row.Low),
                CsvText.Number(row.High),
                CsvText.Number(row.Mse),
                CsvText.Number(row.N),
                CsvText.Number(row.Runs),
                row.Scorer,
                CsvText.Number(row.MissingRuns),
                row.Reason ?? "",
                CsvText.Reasons(row.MissingByReason),
                row.Estimator,
                CsvText.Number(row.Spearman),
                CsvText.Number(row.R2),
                CsvText.Number(row.OnlineCode?.Code),
                CsvText.Number(row.OnlineCode?.MeanCode),
                CsvText.Number(row.OnlineCode?.Compression),
                CsvText.Number(row.FoldsLow),
                CsvText.Number(row.FoldsHigh),
                CsvText.Number(row.Spread),
                CsvText.Number(row.PartialR),
                CsvText.Number(row.PartialLow),
                CsvText.Number(row.PartialHigh),
                CsvText.Number(row.OnlineCode?.FrequencyCode),
                CsvText.Number(row.Classifier?.Accuracy.Value),
                CsvText.Number(row.Classifier?.Accuracy.Low),
                CsvText.Number(row.Classifier?.Accuracy.High),
                CsvText.Number(row.Classifier?.MacroF1.Value),
                CsvText.Number(row.Classifier?.MacroF1.Low),
                CsvText.Number(row.Classifier?.MacroF1.High),
                CsvText.Number(row.Classifier?.Auroc.Value),
                CsvText.Number(row.Classifier?.Auroc.Low),
                CsvText.Number(row.Classifier?.Auroc.High),
                row.Classifier is { } classifier ? CsvText.Number(classifier.Auroc.Runs) : "",
                row.Classifier?.Auroc.Reason ?? row.Classifier?.MacroF1.Reason ?? "",
                CsvText.Number(row.Classifier?.CrossEntropy),
                row.Classifier is { } counted ? string.Join(';', counted.Classes.Select(@class => $"{@class.Name}:{CsvText.Number(@class.N)}")) : "",
                CsvText.Number(row.LastEpoch),
                CsvText.Number(row.TrainN),
                row.PartialReason ?? "",
                row.Classifier?.Accuracy.Estimator ?? "",
                row.Classifier is { } macro ? (macro.Auroc.Estimator.Length > 0 ? macro.Auroc.Estimator : macro.MacroF1.Estimator) : "",
                CsvText.Number(row.OnlineCode?.Low),
                CsvText.Number(row.OnlineCode?.High),
                row.OnlineCode?.Estimator ?? "",
                row.OnlineCode is { } code ? CsvText.Number(code.Folds) : "",
                row.OnlineCode?.Reason ?? "");
        }

        destination.Write(AtomicWrite.Utf8.GetBytes(text.ToString()));
    }
}
