using AlignedProbing.Statistics;

namespace AlignedProbing.Tools.Coverage;

/// <summary>The intervals that are compared. Each is of level .95.</summary>
internal static class Intervals
{
    private const int Resamples = 300;
    private const double TestOverTrain = 0.25 / 0.6;

    /// <summary>Prompts resampled within test folds, the predictions kept: percentile, and bias-corrected and accelerated.</summary>
    public static ((double Low, double High) Percentile, (double Low, double High) Accelerated, double Deviation) Prompts(CrossValidation found, int seed)
    {
        var values = new double[Resamples];
        for (var b = 0; b < Resamples; b++)
        {
            for (var fold = 0; fold < found.R.Length; fold++)
            {
                var rows = new int[found.Actual[fold].Length];
                Bootstrap.DrawRows(seed, b, rows, fold);
                values[b] += R(found, fold, rows) / found.R.Length;
            }
        }

        Array.Sort(values);
        var (mean, all) = (found.Mean, new List<double>());
        for (var fold = 0; fold < found.R.Length; fold++)
        {
            for (var left = 0; left < found.Actual[fold].Length; left++)
            {
                int[] rows = [.. Enumerable.Range(0, found.Actual[fold].Length).Where(row => row != left)];
                all.Add((R(found, fold, rows) - found.R[fold]) / found.R.Length);
            }
        }

        var centre = all.Average();
        var (cubes, squares) = (all.Sum(value => Math.Pow(centre - value, 3)), all.Sum(value => Math.Pow(centre - value, 2)));
        var acceleration = cubes / (6 * Math.Pow(squares, 1.5));
        var bias = NormalQuantile(Math.Clamp(values.Count(value => value < mean) / (double)Resamples, 0.5 / Resamples, 1 - (0.5 / Resamples)));
        return (
            (At(0.025), At(0.975)),
            (At(Moved(-1.959964)), At(Moved(1.959964))),
            Moments.StandardDeviation(values).Value!.Value);

        double At(double share) => Quantile.OfSorted(values, Math.Clamp(share, 0, 1)).Value!.Value;

        double Moved(double z) => Share(bias + ((bias + z) / (1 - (acceleration * (bias + z)))));
    }

    /// <summary>Student's t over the four folds, corrected for the training rows that they share, as the program had it.</summary>
    public static (double Low, double High) Folds(CrossValidation found) => T(found.R, (1.0 / found.R.Length) + TestOverTrain, found.R.Length - 1);

    /// <summary>Nadeau and Bengio's corrected t over repeated folds (2003).</summary>
    public static (double Low, double High) Corrected(IReadOnlyList<CrossValidation> repeats)
    {
        double[] r = [.. repeats.SelectMany(repeat => repeat.R)];
        return T(r, (1.0 / r.Length) + TestOverTrain, r.Length - 1);
    }

    /// <summary>Fisher's z of the mean r, of a number of rows.</summary>
    public static (double Low, double High) Fisher(double r, double rows, double more = 0)
    {
        var (z, half) = (Math.Atanh(Math.Clamp(r, -0.9999, 0.9999)), 1.959964 * Math.Sqrt((1 / (rows - 3)) + more));
        return (Math.Tanh(z - half), Math.Tanh(z + half));
    }

    /// <summary>Fisher's z, with the part of the spread over folds by which training sets differ.</summary>
    public static (double Low, double High) FisherAndFolds(CrossValidation found, int rows)
    {
        double[] z = [.. found.R.Select(r => Math.Atanh(Math.Clamp(r, -0.9999, 0.9999)))];
        var spread = Moments.Variance(z).Value!.Value;
        return Fisher(found.Mean, rows, Math.Max(0, spread - (4.0 / (rows - 12))) * (0.25 + TestOverTrain));
    }

    /// <summary>Rows drawn and everything trained anew: normal, around the estimate (draws have fewer different rows, so their mean is lower).</summary>
    public static (double Low, double High) Refit(Sample sample, CrossValidation found, int draws, int seed)
    {
        var values = new double[draws];
        for (var b = 0; b < draws; b++)
        {
            var rows = new int[sample.Rows];
            Bootstrap.DrawRows(seed, b, rows, 7);
            values[b] = CrossValidation.Drawn(sample, rows).Mean;
        }

        var half = 1.959964 * Moments.StandardDeviation(values).Value!.Value;
        return (found.Mean - half, found.Mean + half);
    }

    /// <summary>Nested cross-validation (Bates, Hastie and Tibshirani 2023), with a fold's r in the place of its mean error.</summary>
    public static (double Low, double High) Nested(Sample sample, CrossValidation found, int repeats, Random random)
    {
        var (error, noise, inner) = (0.0, 0.0, 0.0);
        var count = 0;
        for (var repeat = 0; repeat < repeats; repeat++)
        {
            var outer = CrossValidation.Of(sample, [.. Enumerable.Range(0, sample.Rows)], random);
            for (var fold = 0; fold < outer.R.Length; fold++)
            {
                var rest = Enumerable.Range(0, sample.Rows).Except(outer.Tests[fold]).ToArray();
                var within = CrossValidation.Of(sample, rest, random).Mean;
                var r = outer.R[fold];
                error += (within - r) * (within - r);
                noise += (1 - (r * r)) * (1 - (r * r)) / (outer.Tests[fold].Length - 1);
                inner += within;
                count++;
            }
        }

        // The mean squared error of an estimate from three quarters of the rows, brought to all rows; never below the noise of testing, nor above twice it.
        var plain = (1 - (found.Mean * found.Mean)) / Math.Sqrt(sample.Rows - 1);
        var deviation = Math.Sqrt(Math.Max(0, (error - noise) / count) * 3 / 4);
        var half = 1.959964 * Math.Clamp(deviation, plain, plain * 2);
        return (found.Mean - half, found.Mean + half);
    }

    private static double R(CrossValidation found, int fold, int[] rows) =>
        Pearson.Of(Array.ConvertAll(rows, row => found.Predicted[fold][row]), Array.ConvertAll(rows, row => found.Actual[fold][row])).Value ?? 0;

    private static (double Low, double High) T(double[] values, double share, int degrees)
    {
        var (mean, half) = (values.Average(), StudentT.Quantile(0.975, degrees) * Math.Sqrt(share * Moments.Variance(values).Value!.Value));
        return (mean - half, mean + half);
    }

    private static double Share(double z) => z < 0 ? Normal.TwoSided(z) / 2 : 1 - (Normal.TwoSided(z) / 2);

    private static double NormalQuantile(double share)
    {
        var (low, high) = (-9.0, 9.0);
        for (var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = Share(middle) < share ? (middle, high) : (low, middle);
        }

        return low;
    }
}
