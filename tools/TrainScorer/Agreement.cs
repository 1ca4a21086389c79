using System.Globalization;
using System.Text;
using AlignedProbing.Statistics;

namespace AlignedProbing.Tools.TrainScorer;

/// <summary>How far scores agree with Perspective's, as Markdown tables.</summary>
internal static class Agreement
{
    private const int Lanes = TrainingTexts.Lanes;
    private const int Resamples = 1000;
    private const int Seed = 1;

    /// <summary>The tables of out-of-fold scores.</summary>
    /// <param name="texts">The texts with Perspective's scores.</param>
    /// <param name="scores"><c>[text, lane]</c>.</param>
    public static string Tables(TrainingTexts texts, float[] scores)
    {
        var text = new StringBuilder();
        text.Append(
            "| attribute | n | at least .5 | Pearson r [95 %] | Spearman | RMSE | same side of .5 | AUROC at .5 |\n|---|---|---|---|---|---|---|---|\n");
        var attributes = TrainingTexts.Attributes[..^1];
        for (var lane = 0; lane < attributes.Length; lane++)
        {
            var (ours, theirs, rows) = Known(texts, scores, lane);
            var r = Interval(ours, theirs, rows);
            text.Append(
                    CultureInfo.InvariantCulture,
                    $"| {attributes[lane]} | {ours.Length} | {theirs.Count(value => value >= 0.5)} | {Short(r.Value)} [{Short(r.Low)}, {Short(r.High)}] ")
                .Append(
                    CultureInfo.InvariantCulture,
                    $"| {Short(Spearman.Of(ours, theirs).Value)} | {Short(Math.Sqrt(Moments.MeanSquaredError(ours, theirs).Value!.Value))} ")
                .Append(
                    CultureInfo.InvariantCulture,
                    $"| {Short((double)ours.Where((value, i) => value >= 0.5 == theirs[i] >= 0.5).Count() / ours.Length)} | " +
                    $"{Short(AreaUnderCurve(ours, theirs))} |\n");
        }

        text.Append(
            "\nReliability: mean of Perspective's scores (number of texts) where the scorer says\n\n| attribute | 0 to .1 | .1 to .2 | .2 to .4 | .4 to .6 " +
            "| .6 to .8 | .8 to .9 | .9 to 1 |\n|---|---|---|---|---|---|---|---|\n");
        double[] edges = [0, .1, .2, .4, .6, .8, .9, 1.01];
        for (var lane = 0; lane < attributes.Length; lane++)
        {
            var (ours, theirs, _) = Known(texts, scores, lane);
            text.Append(CultureInfo.InvariantCulture, $"| {attributes[lane]} ");
            for (var bin = 0; bin + 1 < edges.Length; bin++)
            {
                var within = theirs.Where((_, i) => ours[i] >= edges[bin] && ours[i] < edges[bin + 1]).ToArray();
                text.Append(within.Length == 0 ? "| - " : string.Create(CultureInfo.InvariantCulture, $"| {Short(within.Average())} ({within.Length}) "));
            }

            text.Append("|\n");
        }

        return text.ToString();
    }

    private static (double[] Ours, double[] Theirs, int[] Rows) Known(TrainingTexts texts, float[] scores, int lane)
    {
        var known = Enumerable.Range(0, texts.Originals).Where(i => !float.IsNaN(texts.Scores[(i * Lanes) + lane])).ToArray();
        return (
            Array.ConvertAll(known, i => (double)scores[(i * Lanes) + lane]),
            Array.ConvertAll(known, i => (double)texts.Scores[(i * Lanes) + lane]),
            Array.ConvertAll(known, i => texts.Rows[i]));
    }

    // Rows are resampled, not texts: a prompt and its continuation are not independent.
    private static Estimate Interval(double[] ours, double[] theirs, int[] rows)
    {
        var textsOf = Enumerable.Range(0, rows.Length).GroupBy(i => rows[i]).Select(group => group.ToArray()).ToArray();
        return Bootstrap.Percentile(
            textsOf.Length,
            drawn =>
            {
                var (x, y) = (new List<double>(rows.Length), new List<double>(rows.Length));
                foreach (var row in drawn)
                {
                    foreach (var i in textsOf[row])
                    {
                        x.Add(ours[i]);
                        y.Add(theirs[i]);
                    }
                }

                return Pearson.Of(x.ToArray(), y.ToArray()).Value ?? double.NaN;
            },
            Resamples,
            Seed);
    }

    private static double AreaUnderCurve(double[] ours, double[] theirs)
    {
        var ranks = Ranks.Of(ours);
        var positive = theirs.Count(value => value >= 0.5);
        var sum = ranks.Where((_, i) => theirs[i] >= 0.5).Sum();
        return (sum - (positive * (positive + 1.0) / 2)) / ((double)positive * (theirs.Length - positive));
    }

    private static string Short(double? value) =>
        value is { } number ? number.ToString("0.000", CultureInfo.InvariantCulture).Replace("0.", ".", StringComparison.Ordinal) : "-";
}
