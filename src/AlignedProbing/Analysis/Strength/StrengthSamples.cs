using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis.Strength;

/// <summary>
/// A cell's strength in the sample and in every resample: r within each fold and seed, averaged over both. NaN stands for none inside this room and never
/// leaves it.
/// </summary>
/// <param name="Value">In the sample.</param>
/// <param name="Resampled">In each resample.</param>
/// <param name="Partial">Partial strength given the length, in the sample; NaN where not asked for.</param>
/// <param name="ResampledPartial">And in each resample.</param>
internal sealed record StrengthSamples(double Value, double[] Resampled, double Partial, double[] ResampledPartial)
{
    /// <summary>Computes them.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="counts">How often each resample draws each row: [resamples, rows].</param>
    /// <param name="withPartial">Whether partial strength is asked for.</param>
    public static StrengthSamples Of(CellSeries cell, byte[] counts, bool withPartial)
    {
        var resamples = counts.Length / cell.Rows.Count;
        IStrengthColumns columns = cell.Probabilities is null ? new StrengthColumns(cell, withPartial) : new ClassStrengthColumns(cell);
        var count = columns.Values.Length;
        var (value, partialValue) = (new RunMean(), new RunMean());
        var totals = new double[resamples];
        var partials = new double[resamples];
        var sums = new float[resamples * count];
        for (var fold = 0; fold < cell.Rows.Folds; fold++)
        {
            ResampledSums.Of(counts, cell.Rows.Count, columns.Values, cell.Rows.FoldStarts[fold], cell.Rows.FoldStarts[fold + 1], sums);
            for (var seed = 0; seed < cell.Predictions.Length; seed++)
            {
                // What the sample itself does not define is no run; what a resample does not define makes the resample undefined.
                var (r, partial) = columns.InSample(fold, seed);
                if (!value.Add(r))
                {
                    continue;
                }

                var hasPartial = partialValue.Add(partial);
                for (var resample = 0; resample < resamples; resample++)
                {
                    var (drawn, drawnPartial) = columns.InResample(sums.AsSpan(resample * count, count), seed);
                    totals[resample] += drawn;
                    partials[resample] += hasPartial ? drawnPartial : 0;
                }
            }
        }

        for (var resample = 0; resample < resamples; resample++)
        {
            totals[resample] /= value.Runs;
            partials[resample] /= partialValue.Runs;
        }

        return new StrengthSamples(value.Mean, totals, partialValue.Mean, partials);
    }

    private sealed class RunMean
    {
        private double _sum;

        public int Runs { get; private set; }

        public double Mean => _sum / Runs;

        public bool Add(double value)
        {
            if (double.IsNaN(value))
            {
                return false;
            }

            _sum += value;
            Runs++;
            return true;
        }
    }
}
