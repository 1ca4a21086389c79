using System.Globalization;
using AlignedProbing.Statistics;

namespace AlignedProbing.Tools.Coverage;

/// <summary>How often intervals of differences hold the truth: of two layers on the same rows and folds, and of strength less a control's.</summary>
internal static class DifferenceCoverage
{
    private const int Resamples = 300;

    public static void Run(int[] asked)
    {
        var (width, rows, replications) = (asked[0], asked[1], asked[2]);
        foreach (var (kind, clean) in new[] { ("layers", 0.98), ("layers", 0.8), ("layers", 0.4), ("selectivity", 0.0) })
        {
            foreach (var best in new[] { 0.2, 0.5, 0.8 })
            {
                var (truths, values, found) = (new double[replications], new double[replications], new double[replications][]);
                Parallel.For(0, replications, new ParallelOptions { MaxDegreeOfParallelism = 2 }, number =>
                {
                    var random = new Random(unchecked((((width * 31) + rows) * 100_003) + number));
                    var sample = new Sample(random, rows, width, best);
                    var other = kind == "layers" ? sample.Blurred(random, clean) : sample.Permuted(random);
                    int[] all = [.. Enumerable.Range(0, rows)];
                    var (one, two) = (CrossValidation.Of(sample, all, null), CrossValidation.Of(other, all, null));
                    truths[number] = one.Truth.Average() - two.Truth.Average();
                    values[number] = one.Mean - two.Mean;
                    found[number] = [.. Enumerable.Range(0, Resamples).Select(b => Drawn(one, number, b) - Drawn(two, number, b)).Order()];
                });
                var truth = truths.Average();
                foreach (
                    var (name, scale) in new[]
                    {
                        ("prompts within folds", 1.0),
                        ("the same, widened to the training rows", Math.Sqrt((rows - 3) / ((0.6 * rows) - 3))),
                    })
                {
                    var (covered, length) = (0, 0.0);
                    for (var number = 0; number < replications; number++)
                    {
                        var low = values[number] + (scale * (Quantile.OfSorted(found[number], 0.025).Value!.Value - values[number]));
                        var high = values[number] + (scale * (Quantile.OfSorted(found[number], 0.975).Value!.Value - values[number]));
                        covered += low <= truth && truth <= high ? 1 : 0;
                        length += (high - low) / replications;
                    }

                    var share = (double)covered / replications;
                    Console.WriteLine(string.Create(
                        CultureInfo.InvariantCulture,
                        $"{kind},{clean},{width},{rows},{best},{replications},{truth:F3},{values.Average():F3},\"{name}\",{share:F3},{length:F3}"));
                }
            }
        }
    }

    private static double Drawn(CrossValidation found, int seed, int resample)
    {
        var sum = 0.0;
        for (var fold = 0; fold < found.R.Length; fold++)
        {
            var rows = new int[found.Actual[fold].Length];
            Bootstrap.DrawRows(seed, resample, rows, fold);
            sum += Pearson.Of(Array.ConvertAll(rows, row => found.Predicted[fold][row]), Array.ConvertAll(rows, row => found.Actual[fold][row])).Value ?? 0;
        }

        return sum / found.R.Length;
    }
}
