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

    private static CodeFinding Of(ProbeCode[] folds)
    {
        ProbeCode[] coded = [.. folds.Where(fold => fold.Compression is not null)];
        return coded.Length == 0
            ? new CodeFinding { Folds = 0, Reason = folds[0].Missing ?? MissingReason.NotFinite }
            : new CodeFinding
            {
                Code = coded.Average(fold => fold.Code),
                MeanCode = coded.Average(fold => fold.MeanCode),
                FrequencyCode = coded.Average(fold => fold.FrequencyCode),
                Compression = coded.Average(fold => fold.Compression),
                Lowest = coded.Min(fold => fold.Compression),
                Highest = coded.Max(fold => fold.Compression),
                Folds = coded.Length,
            };
    }
}
