using System.Globalization;

namespace AlignedProbing.Tests.Shared;

/// <summary>The tables of a run folder, held to one rule: every estimate has n, an interval and its estimator, or a reason.</summary>
public static class FigureTables
{
    private static readonly (string File, Estimated[] Figures)[] Tables =
    [
        ("behavior.csv", [new("value", "low", "high", "n", "estimator", "reason")]),
        ("k-curves.csv", [new("value", "low", "high", "n", "estimator", "reason")]),
        (
            "internals.csv",
            [
                new("r", "low", "high", "n", "estimator", "reason"),
                new("r", "low", "high", "train_n", "estimator", "reason"),
                new("partial_r", "partial_low", "partial_high", "n", "estimator", "partial_reason") { Optional = true },
                new("accuracy", "accuracy_low", "accuracy_high", "n", "accuracy_estimator", "reason") { Optional = true },
                new("macro_f1", "macro_f1_low", "macro_f1_high", "macro_runs", "macro_estimator", "missing_macro") { Optional = true },
                new("auroc", "auroc_low", "auroc_high", "macro_runs", "macro_estimator", "missing_macro") { Optional = true },
                new("compression", "compression_low", "compression_high", "compression_folds", "compression_estimator", "compression_reason")
                {
                    Optional = true,
                },
            ]),
        (
            "selectivity.csv",
            [
                new("selectivity", "low", "high", "n", "estimator", "reason"),
                new("accuracy", "accuracy_low", "accuracy_high", "n", "accuracy_estimator", "accuracy_reason") { Optional = true },
            ]),
        ("within.csv", [new("r", "low", "high", "n", "estimator", "reason")]),
        ("differences.csv", [new("difference", "low", "high", "n", "estimator", "reason")]),
    ];

    /// <summary>Every line that breaks the rule; empty where none does.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="estimates">How many estimates were looked at.</param>
    public static IReadOnlyList<string> Broken(string folder, out int estimates)
    {
        estimates = 0;
        var broken = new List<string>();
        foreach (var (file, figures) in Tables.Where(table => File.Exists(Path.Combine(folder, table.File))))
        {
            var lines = File.ReadAllLines(Path.Combine(folder, file));
            var columns = lines[0].Split(',').ToList();
            foreach (var line in lines.Skip(1))
            {
                // Quoted fields hold no comma in these tables.
                var fields = line.Split(',');
                foreach (var figure in figures)
                {
                    string At(string column) => fields[columns.IndexOf(column)];
                    var (value, interval) = (At(figure.Value), (Low: At(figure.Low), High: At(figure.High)));
                    estimates += value.Length > 0 ? 1 : 0;
                    var fine = value.Length == 0
                        ? (figure.Optional || At(figure.Reason).Length > 0) && interval is ("", "")
                        : At(figure.N).Length > 0
                            && (interval is ("", "")
                                ? At(figure.Reason).Length > 0
                                : At(figure.Estimator).Length > 0 && Number(interval.Low) <= Number(value) && Number(value) <= Number(interval.High));
                    if (!fine)
                    {
                        broken.Add($"{file}, {figure.Value}: {line}");
                    }
                }
            }
        }

        return broken;
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    // An optional figure may not have been asked for: then neither it nor a reason is there.
    private sealed record Estimated(string Value, string Low, string High, string N, string Estimator, string Reason)
    {
        public bool Optional { get; init; }
    }
}
