using AlignedProbing.Runs;

namespace AlignedProbing.Probing;

/// <summary>
/// Online coding (Voita and Titov 2020): how few squared errors it takes to tell the training labels block by block, each block by a probe trained on all rows before it. A ratio of squared errors, not bits.
/// </summary>
/// <param name="Blocks">The blocks, in order.</param>
/// <param name="MeanCode">The code of the predictor of the mean, over all training rows.</param>
public sealed record OnlineCode(IReadOnlyList<CodedBlock> Blocks, double MeanCode)
{
    // The first block is 1/1024 of the rows, each further end twice the one before.
    private const int Halvings = 10;

    /// <summary>The code of all blocks; null where a block's is not finite.</summary>
    public double? Code => Blocks.Aggregate((double?)0, (sum, block) => sum + block.Code);

    /// <summary>How many times shorter the online code is than the mean predictor's; 1 for a probe that predicts the mean. Null where there is no code or it is 0.</summary>
    public double? Compression => Code is > 0 and { } code && MeanCode / code is var ratio && double.IsFinite(ratio) ? ratio : null;

    /// <summary>Codes the training labels of each column of a problem; its test rows are not looked at.</summary>
    /// <param name="probe">The probe; trained anew for each block, on the rows before it in the order of the training rows, with the problem's development rows.</param>
    /// <param name="problem">The problem; at least one training row.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>A code for each label column.</returns>
    public static IReadOnlyList<OnlineCode> Of(IProbe probe, ProbeProblem problem, CancellationToken cancellationToken)
    {
        var train = problem.Train;
        double[] means = [.. problem.Labels.Select(labels => train.Average(row => (double)labels[row]))];
        List<CodedBlock>[] blocks = [.. problem.Labels.Select(_ => new List<CodedBlock>())];
        var start = 0;
        foreach (var end in Ends(train.Length))
        {
            var rows = train[start..end];
            // Before the first block there is nothing to train on: the mean codes it, as it codes everything in the comparison.
            var fits = start == 0 ? null : probe.Fit(problem with { Train = train[..start], Test = rows }, cancellationToken);
            for (var column = 0; column < blocks.Length; column++)
            {
                var (labels, mean) = (problem.Labels[column], means[column]);
                var byMean = rows.Sum(row => Square(labels[row] - mean));
                var code = fits is null ? byMean : rows.Index().Sum(pair => Square(labels[pair.Item] - (double)fits[column].Predictions[pair.Index]));
                blocks[column].Add(new CodedBlock(start, end, double.IsFinite(code) ? code : null, byMean));
            }

            start = end;
        }

        return [.. blocks.Select(column => new OnlineCode(column, column.Sum(block => block.MeanCode)))];
    }

    /// <summary>Where the blocks of a number of rows end: at 1/1024, 1/512, ... 1/2 and all of them, rounded down, at least 1, each once.</summary>
    public static IReadOnlyList<int> Ends(int rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        return [.. Enumerable.Range(0, Halvings + 1).Select(k => Math.Max(1, rows >> (Halvings - k))).Distinct()];
    }

    private static double Square(double value) => value * value;
}
