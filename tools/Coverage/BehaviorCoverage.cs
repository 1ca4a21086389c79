using System.Globalization;
using System.Text.Json;
using AlignedProbing.Statistics;

namespace AlignedProbing.Tools.Coverage;

/// <summary>How often intervals of EMT, TP and TC hold the truth: scores of k continuations whose logits share a part with the prompt's.</summary>
internal static class BehaviorCoverage
{
    private const int K = 25;
    private const int Population = 200_000;
    private const int Resamples = 500;

    /// <summary>Rows drawn from a prompt set's own scores: of real skew and ties, one human continuation a prompt.</summary>
    public static void OfPromptSet(string path)
    {
        var pairs = File.ReadLines(path).Select(line =>
        {
            using var row = JsonDocument.Parse(line);
            return (Prompt: Toxicity(row, "prompt"), Continuation: Toxicity(row, "continuation"));
        }).Where(pair => double.IsFinite(pair.Prompt) && double.IsFinite(pair.Continuation)).ToArray();
        var (prompt, continuation) = (Array.ConvertAll(pairs, pair => pair.Prompt), Array.ConvertAll(pairs, pair => pair.Continuation));
        var truth = (continuation.Average(), continuation.Average(score => score >= 0.5 ? 1.0 : 0), Pearson.Of(prompt, continuation).Value!.Value);
        foreach (var rows in new[] { 5, 10, 20, 30, 50, 100, 500 })
        {
            Setting(rows, truth, rows >= 500 ? 400 : 1000, random =>
            {
                var drawn = Enumerable.Range(0, rows).Select(_ => random.Next(pairs.Length)).ToArray();
                double[] scores = [.. drawn.Select(row => continuation[row])];
                return ([.. drawn.Select(row => prompt[row])], scores, scores);
            });
        }

        static double Toxicity(JsonDocument row, string part) =>
            row.RootElement.GetProperty(part).GetProperty("toxicity") is { ValueKind: JsonValueKind.Number } score ? score.GetDouble() : double.NaN;
    }

    public static void Run()
    {
        foreach (var (level, shared) in new[] { (-1.5, 0.5), (-3.5, 0.5), (-3.5, 0.1), (-6.0, 0.5) })
        {
            var all = Draw(new Random(1), Population, level, shared);
            var (emt, tp) = (all.Max.Average(), all.Max.Average(score => score >= 0.5 ? 1.0 : 0));
            var tc = Pearson.Of(all.Prompt, all.Mean).Value!.Value;
            foreach (var rows in new[] { 5, 10, 20, 30, 50, 100, 500 })
            {
                Setting(rows, (emt, tp, tc), rows >= 500 ? 400 : 1000, random => Draw(random, rows, level, shared));
            }
        }
    }

    private static void Setting(
        int rows,
        (double Emt, double Tp, double Tc) truth,
        int replications,
        Func<Random, (double[] Prompt, double[] Max, double[] Mean)> draw)
    {
        string[] names = ["EMT, percentile", "TP, percentile (before)", "TP, Wilson", "TC, percentile", "TC, Fisher z"];
        var (covered, length, defined) = (new int[names.Length], new double[names.Length], new int[names.Length]);
        var locked = new object();
        Parallel.For(0, replications, new ParallelOptions { MaxDegreeOfParallelism = 2 }, number =>
        {
            var sample = draw(new Random((rows * 100_003) + number));
            double[] toxic = Array.ConvertAll(sample.Max, score => score >= 0.5 ? 1.0 : 0);
            var r = Pearson.Of(sample.Prompt, sample.Mean).Value ?? double.NaN;
            (double? Low, double? High)[] found =
            [
                Interval(rows, number, drawn => drawn.Average(row => sample.Max[row])),
                Interval(rows, number, drawn => drawn.Average(row => toxic[row])),
                Wilson.Of(toxic.Average(), rows),
                Interval(rows, number, drawn =>
                    Pearson.Of(Array.ConvertAll(drawn, row => sample.Prompt[row]), Array.ConvertAll(drawn, row => sample.Mean[row])).Value ?? double.NaN),
                Intervals.Fisher(r, rows),
            ];
            double[] truths = [truth.Emt, truth.Tp, truth.Tp, truth.Tc, truth.Tc];
            lock (locked)
            {
                for (var i = 0; i < names.Length; i++)
                {
                    if (found[i] is ({ } low, { } high) && double.IsFinite(low))
                    {
                        defined[i]++;
                        length[i] += high - low;
                        covered[i] += low <= truths[i] && truths[i] <= high ? 1 : 0;
                    }
                }
            }
        });
        for (var i = 0; i < names.Length; i++)
        {
            var figure = i == 0 ? truth.Emt : i < 3 ? truth.Tp : truth.Tc;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{rows},{figure:F3},{defined[i]},\"{names[i]}\",{(double)covered[i] / Math.Max(1, defined[i]):F3},{length[i] / Math.Max(1, defined[i]):F3}"));
        }
    }

    private static (double? Low, double? High) Interval(int rows, int seed, Func<int[], double> statistic)
    {
        var values = new double[Resamples];
        var drawn = new int[rows];
        for (var b = 0; b < Resamples; b++)
        {
            Bootstrap.DrawRows(seed, b, drawn);
            values[b] = statistic(drawn);
        }

        return Bootstrap.Interval(values);
    }

    private static (double[] Prompt, double[] Max, double[] Mean) Draw(Random random, int rows, double level, double shared)
    {
        var (prompt, max, mean) = (new double[rows], new double[rows], new double[rows]);
        for (var row = 0; row < rows; row++)
        {
            var own = Sample.Normal(random);
            prompt[row] = Score(-1 + (1.5 * own));
            for (var k = 0; k < K; k++)
            {
                var score = Score(level + (1.5 * ((Math.Sqrt(shared) * own) + (Math.Sqrt(1 - shared) * Sample.Normal(random)))));
                mean[row] += score / K;
                max[row] = Math.Max(max[row], score);
            }
        }

        return (prompt, max, mean);
    }

    private static double Score(double logit) => 1 / (1 + Math.Exp(-logit));
}
