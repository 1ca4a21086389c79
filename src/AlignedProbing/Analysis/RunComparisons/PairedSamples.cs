using AlignedProbing.Analysis.Strength;
using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis.RunComparisons;

/// <summary>
/// One figure of every run on the same prompts, and in the same resamples of them: what makes differences paired. NaN stands for none inside this room and
/// never leaves it.
/// </summary>
/// <param name="Values">The figure of each run.</param>
/// <param name="Resampled">The same in each resample, run by run.</param>
internal sealed record PairedSamples(double[] Values, double[][] Resampled)
{
    /// <summary>Below, strength is not compared.</summary>
    public const int FewestRows = 12;

    /// <summary>Draws prompts with replacement, the same for all runs.</summary>
    /// <param name="runs">Number of runs.</param>
    /// <param name="prompts">Number of prompts.</param>
    /// <param name="figure">The figure of a run over the prompts drawn.</param>
    /// <param name="options">Number of resamples and their seed.</param>
    public static PairedSamples Of(int runs, int prompts, PairedFigure figure, AnalysisOptions options)
    {
        var values = new double[runs];
        values.AsSpan().Fill(double.NaN);
        var resampled = Enumerable.Range(0, runs).Select(_ => new double[prompts < 2 ? 0 : options.Resamples]).ToArray();
        if (prompts == 0)
        {
            return new PairedSamples(values, resampled);
        }

        int[] all = [.. Enumerable.Range(0, prompts)];
        for (var run = 0; run < runs; run++)
        {
            values[run] = figure(run, all);
        }

        Parallel.For(0, resampled[0].Length, () => new int[prompts], (resample, _, drawn) =>
        {
            Bootstrap.DrawRows(options.Seed, resample, drawn);
            for (var run = 0; run < runs; run++)
            {
                resampled[run][resample] = figure(run, drawn);
            }

            return drawn;
        }, _ => { });
        return new PairedSamples(values, resampled);
    }

    /// <summary>A run's figure with its interval: a share's is Wilson's, and below a number of prompts others have none.</summary>
    public RunFigure Figure(int run, RunFigure about)
    {
        if (!double.IsFinite(Values[run]))
        {
            return about;
        }

        (double? Low, double? High) interval =
            about is { Kind: "behavior", Metric: "TP" } ? Wilson.Of(Math.Clamp(Values[run], 0, 1), about.N)
            : about.N < SampleSize.ForInterval ? (null, null)
            : Bootstrap.Interval(Resampled[run]);
        return about with { Value = Values[run], Low = interval.Low, High = interval.High };
    }

    /// <summary>A run's difference from the first, with interval and p.</summary>
    public RunDifference Difference(int run, RunDifference about, string estimator)
    {
        var (baseline, other) = (Values[0], Values[run]);
        var found = about with { BaselineValue = double.IsFinite(baseline) ? baseline : null, RunValue = double.IsFinite(other) ? other : null };
        if (found.BaselineValue is null || found.RunValue is null)
        {
            return found with { Reason = found.N < 2 ? MissingReason.TooFewRows : MissingReason.Constant };
        }

        if (found.N < SampleSize.ForInterval)
        {
            return found with { Difference = other - baseline, Reason = MissingReason.TooFewRows };
        }

        var (low, high, p) = DifferenceFamily.Test(other - baseline, Less(run));
        return found with
        {
            Difference = other - baseline,
            Low = low,
            High = high,
            P = p,
            Reason = low is null ? MissingReason.TooFewRows : null,
            Estimator = low is null ? "" : estimator,
        };
    }

    /// <summary>These figures less others of the same runs and resamples.</summary>
    public PairedSamples Less(PairedSamples other)
    {
        var less = new PairedSamples(new double[Values.Length], new double[Values.Length][]);
        System.Numerics.Tensors.TensorPrimitives.Subtract<double>(Values, other.Values, less.Values);
        for (var run = 0; run < Values.Length; run++)
        {
            less.Resampled[run] = new double[Resampled[run].Length];
            System.Numerics.Tensors.TensorPrimitives.Subtract<double>(Resampled[run], other.Resampled[run], less.Resampled[run]);
        }

        return less;
    }

    /// <summary>The differences in each resample.</summary>
    public double[] Less(int run)
    {
        var less = new double[Resampled[run].Length];
        System.Numerics.Tensors.TensorPrimitives.Subtract<double>(Resampled[run], Resampled[0], less);
        return less;
    }
}

/// <summary>A figure of a run over prompts drawn, with repetition.</summary>
/// <param name="run">The run's place.</param>
/// <param name="prompts">The prompts drawn.</param>
internal delegate double PairedFigure(int run, ReadOnlySpan<int> prompts);
