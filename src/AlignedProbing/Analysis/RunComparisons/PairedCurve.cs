using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis.RunComparisons;

/// <summary>A layer of a curve in every run.</summary>
/// <param name="Layers">The layer in each run.</param>
/// <param name="N">Prompts it rests on.</param>
/// <param name="Samples">The strengths.</param>
internal sealed record PairedLayer(int[] Layers, int N, PairedSamples Samples);

/// <summary>A curve in every run.</summary>
/// <param name="Layers">Layers that all runs have, by the baseline's number.</param>
internal sealed record PairedCurve(IReadOnlyList<PairedLayer> Layers)
{
    private const double Level = 0.95;

    /// <summary>
    /// A band around the differences of a run from the baseline that holds at all layers at once: the difference and its bootstrap standard error times the 95
    /// % quantile, over resamples, of the largest deviation of any layer in such errors (max-t; Westfall and Young 1993). Layers go up and down together, so it
    /// is narrower than a correction for as many unrelated comparisons. Null where a resample lacks a layer.
    /// </summary>
    public IReadOnlyList<(double Low, double High)>? Bands(int run)
    {
        if (Layers.Count == 0)
        {
            return null;
        }

        var less = Layers.Select(layer => layer.Samples.Less(run)).ToArray();
        var errors = less.Select(values => Moments.StandardDeviation(values).Value).ToArray();
        var means = less.Select(values => Moments.Mean(values).Value).ToArray();
        if (Array.Exists(errors, error => error is null))
        {
            return null;
        }

        var largest = new double[less[0].Length];
        for (var resample = 0; resample < largest.Length; resample++)
        {
            for (var layer = 0; layer < less.Length; layer++)
            {
                if (errors[layer] > 0)
                {
                    largest[resample] = Math.Max(largest[resample], Math.Abs(less[layer][resample] - means[layer]!.Value) / errors[layer]!.Value);
                }
            }
        }

        var times = Quantile.Of(largest, Level).Value!.Value;
        return
        [
            .. Layers
                .Select((layer, place) => (layer.Samples.Values[run] - layer.Samples.Values[0], times * errors[place]!.Value))
                .Select(pair => (pair.Item1 - pair.Item2, pair.Item1 + pair.Item2)),
        ];
    }

    /// <summary>The highest strength of each run and the layer that has it, in the sample and in every resample.</summary>
    public (PairedSamples R, PairedSamples Layer) Peaks(int runs)
    {
        var resamples = Layers[0].Samples.Resampled[0].Length;
        var (r, at) = (new PairedSamples(new double[runs], new double[runs][]), new PairedSamples(new double[runs], new double[runs][]));
        for (var run = 0; run < runs; run++)
        {
            (r.Resampled[run], at.Resampled[run]) = (new double[resamples], new double[resamples]);
            (r.Values[run], at.Values[run]) = Highest(run, layer => layer.Samples.Values[run]);
            for (var resample = 0; resample < resamples; resample++)
            {
                (r.Resampled[run][resample], at.Resampled[run][resample]) = Highest(run, layer => layer.Samples.Resampled[run][resample]);
            }
        }

        return (r, at);
    }

    // A layer that a resample does not define makes its highest undefined.
    private (double R, double Layer) Highest(int run, Func<PairedLayer, double> strength)
    {
        var (highest, at) = (double.NegativeInfinity, 0);
        foreach (var layer in Layers)
        {
            var value = strength(layer);
            if (double.IsNaN(value))
            {
                return (double.NaN, double.NaN);
            }

            if (value > highest)
            {
                (highest, at) = (value, layer.Layers[run]);
            }
        }

        return (highest, at);
    }
}
