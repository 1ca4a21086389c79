using AlignedProbing.Runs;

namespace AlignedProbing.Analysis.Strength;

/// <summary>A layer's online codes, put together over folds.</summary>
internal static class CodeAnalysis
{
    /// <summary>The codes of one probe, scorer and layer by cell; empty where none was asked for.</summary>
    public static IReadOnlyDictionary<(Scenario Scenario, string Attribute, string Control), CodeFinding> Of(
        RunFolder run,
        string probe,
        string scorer,
        int layer)
    {
        var path = run.ProbeCodesPath(probe, scorer, layer);
        return File.Exists(path)
            ? run
                .ReadProbeCodes(probe, scorer, layer)
                .GroupBy(code => (code.Scenario, code.Attribute, code.Control))
                .ToDictionary(cell => cell.Key, cell => Of([.. cell.OrderBy(code => code.Fold)]))
            : new Dictionary<(Scenario, string, string), CodeFinding>();
    }

    /// <summary>The same beside a cell's r: it rests on the folds that r rests on, or has no compression.</summary>
    public static CodeFinding? Beside(CodeFinding? code, IEnumerable<ProbeRun> runs)
    {
        var folds = runs.Where(run => run.R is not null).Select(run => run.Fold).Distinct().Count();
        return code?.Compression is null || folds == 0 || folds == code.Folds
            ? code
            : new CodeFinding { Folds = code.Folds, Reason = MissingReason.OtherFolds };
    }

    private static CodeFinding Of(ProbeCode[] folds)
    {
        ProbeCode[] coded = [.. folds.Where(fold => fold.Compression is not null)];
        if (coded.Length == 0)
        {
            return new CodeFinding { Folds = 0, Reason = folds[0].Missing ?? MissingReason.NotFinite };
        }

        double[] compressions = [.. coded.Select(fold => fold.Compression!.Value)];
        var (low, high) = FoldInterval.Of(compressions, TestOverTrained(coded.Length));
        return new CodeFinding
        {
            Code = coded.Average(fold => fold.Code),
            MeanCode = coded.Average(fold => fold.MeanCode),
            FrequencyCode = coded.Average(fold => fold.FrequencyCode),
            Compression = compressions.Average(),
            Lowest = compressions.Min(),
            Highest = compressions.Max(),
            Low = low is { } end ? Math.Max(0, end) : null,
            High = high,
            Estimator = low is null ? "" : FoldInterval.Estimator,
            Folds = coded.Length,
            Reason = low is null ? MissingReason.TooFewRows : null,
        };
    }

    // Folds are of equal size, and of the rows that a fold does not test four fifths are coded.
    private static double TestOverTrained(int folds) => 1 / (0.8 * Math.Max(1, folds - 1));
}
