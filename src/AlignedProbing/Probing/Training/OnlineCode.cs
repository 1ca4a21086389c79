using AlignedProbing.Probing.Probes;
using AlignedProbing.Runs;

namespace AlignedProbing.Probing.Training;

/// <summary>
/// Online coding (Voita and Titov 2020, "Information-Theoretic Probing with Minimum Description Length"): what it takes to tell the training labels block by
/// block, each block by a probe trained on all rows before it. Of a classifier the code is theirs: bits, the first block and the comparison by the uniform
/// code, log2(classes) a row. Of other probes it is summed squared errors, the first block and the comparison by the mean.
/// </summary>
/// <param name="Blocks">The blocks, in order.</param>
/// <param name="MeanCode">The code of the predictor of the mean, or of a classifier the uniform code, over all training rows.</param>
public sealed record OnlineCode(IReadOnlyList<CodedBlock> Blocks, double MeanCode)
{
    // The first block is 1/1024 of the rows, each further end twice the one before.
    private const int Halvings = 10;

    /// <summary>Of a classifier the code of a predictor of the training rows' shares of the classes, in bits; null of other probes.</summary>
    public double? FrequencyCode { get; init; }

    /// <summary>The code of all blocks; null where a block's is not finite.</summary>
    public double? Code => Blocks.Aggregate((double?)0, (sum, block) => sum + block.Code);

    /// <summary>
    /// How many times shorter the online code is than the mean predictor's, or the uniform one; 1 for a probe that predicts the mean, or all classes alike.
    /// Null where there is no code or it is 0.
    /// </summary>
    public double? Compression => Code is > 0 and { } code && MeanCode / code is var ratio && double.IsFinite(ratio) ? ratio : null;

    /// <summary>Codes the training labels of each column of a problem; its test rows are not looked at.</summary>
    /// <param name="probe">The probe; trained anew for each block, on the rows before it in the order of the training rows, with the problem's development
    /// rows.</param>
    /// <param name="problem">The problem; at least one training row.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>A code for each label column.</returns>
    public static IReadOnlyList<OnlineCode> Of(IProbe probe, ProbeProblem problem, CancellationToken cancellationToken)
    {
        var train = problem.Train;
        CodeReference[] references = [.. problem.Labels.Select((_, column) => CodeReference.Of(probe, problem, column))];
        List<CodedBlock>[] blocks = [.. problem.Labels.Select(_ => new List<CodedBlock>())];
        var start = 0;
        foreach (var end in Ends(train.Length))
        {
            var rows = train[start..end];
            // Before the first block there is nothing to train on: the mean, or the uniform code, codes it, as it codes everything in the comparison.
            var fits = start == 0 ? null : probe.Fit(problem with { Train = train[..start], Test = rows }, cancellationToken);
            for (var column = 0; column < blocks.Length; column++)
            {
                var byReference = references[column].Code(rows);
                var code = fits is null ? byReference : references[column].Code(rows, fits[column]);
                blocks[column].Add(new CodedBlock(start, end, double.IsFinite(code) ? code : null, byReference));
            }

            start = end;
        }

        return
        [
            .. blocks.Zip(references, (column, reference) =>
                new OnlineCode(column, column.Sum(block => block.MeanCode)) { FrequencyCode = reference.ByFrequency(train) }),
        ];
    }

    /// <summary>Where the blocks of a number of rows end: at 1/1024, 1/512, ... 1/2 and all of them, rounded down, at least 1, each once.</summary>
    public static IReadOnlyList<int> Ends(int rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        return [.. Enumerable.Range(0, Halvings + 1).Select(k => Math.Max(1, rows >> (Halvings - k))).Distinct()];
    }
}
