using System.Globalization;
using AlignedProbing.Tools.Coverage;

// Usage: Coverage behaviour [RTP.jsonl] | Coverage differences WIDTH ROWS REPLICATIONS: a line for each setting and interval.
if (args[0] is "behaviour" or "differences")
{
    Action run = args[0] == "behaviour"
        ? args.Length > 1 ? () => BehaviorCoverage.OfPromptSet(args[1]) : BehaviorCoverage.Run
        : () => DifferenceCoverage.Run([.. args[1..].Select(text => int.Parse(text, CultureInfo.InvariantCulture))]);
    run();
    return;
}

// Usage: Coverage WIDTH ROWS REPLICATIONS THREADS [heavy]: a line for each true r and interval.
var (width, rows, replications, threads) = (int.Parse(args[0], CultureInfo.InvariantCulture), int.Parse(args[1], CultureInfo.InvariantCulture),
    int.Parse(args[2], CultureInfo.InvariantCulture), int.Parse(args[3], CultureInfo.InvariantCulture));
var heavy = args.Length > 4;
foreach (var best in new[] { 0, 0.2, 0.5, 0.8 })
{
    var found = new Dictionary<string, (double Low, double High)>[replications];
    var (truths, means) = (new double[replications], new double[replications]);
    Parallel.For(0, replications, new ParallelOptions { MaxDegreeOfParallelism = threads }, number =>
    {
        var random = new Random(HashCode(number));
        var sample = new Sample(random, rows, width, best);
        int[] all = [.. Enumerable.Range(0, rows)];
        var first = CrossValidation.Of(sample, all, null);
        CrossValidation[] repeats = [first, .. Enumerable.Range(0, 4).Select(_ => CrossValidation.Of(sample, all, random))];
        var (percentile, accelerated, _) = Intervals.Prompts(first, number);
        (truths[number], means[number]) = (first.Truth.Average(), first.Mean);
        var intervals = new Dictionary<string, (double, double)>
        {
            ["prompts, percentile (before)"] = percentile,
            ["prompts, BCa"] = accelerated,
            ["folds, corrected t (before)"] = Intervals.Folds(first),
            ["repeated folds, corrected t"] = Intervals.Corrected(repeats),
            ["Fisher z, n rows"] = Intervals.Fisher(first.Mean, rows),
            ["Fisher z, training rows"] = Intervals.Fisher(first.Mean, 0.6 * rows),
            ["Fisher z and folds"] = Intervals.FisherAndFolds(first, rows),
        };
        if (heavy)
        {
            intervals["refit"] = Intervals.Refit(sample, first, 60, number);
            intervals["nested"] = Intervals.Nested(sample, first, 4, random);
        }

        found[number] = intervals;
    });
    var truth = truths.Average();
    foreach (var name in found[0].Keys)
    {
        var covered = found.Average(intervals => intervals[name].Low <= truth && truth <= intervals[name].High ? 1.0 : 0);
        var own = found.Zip(truths).Average(pair => pair.First[name].Low <= pair.Second && pair.Second <= pair.First[name].High ? 1.0 : 0);
        var length = found.Average(intervals => intervals[name].High - intervals[name].Low);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{width},{rows},{best},{replications},{truth:F3},{means.Average():F3},\"{name}\",{covered:F3},{own:F3},{length:F3}"));
    }
}

int HashCode(int number) => unchecked((((width * 31) + rows) * 100_003) + number);
