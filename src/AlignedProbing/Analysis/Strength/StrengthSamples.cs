using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis.Strength;

/// <summary>
/// A cell's strength in the sample and in every resample: r within each fold and seed, averaged over both. NaN stands for none inside this room and never
/// leaves it.
/// </summary>
/// <param name="Value">In the sample.</param>
/// <param name="Runs">Folds and seeds that it rests on.</param>
/// <param name="Resampled">In each resample.</param>
/// <param name="Partial">
/// Partial strength given the length, in the sample; NaN where not asked for, and where it is not defined in every fold and seed that has an r.
/// </param>
internal sealed record StrengthSamples(double Value, int Runs, double[] Resampled, double Partial)
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

                partialValue.Add(partial);
                for (var resample = 0; resample < resamples; resample++)
                {
                    totals[resample] += columns.InResample(sums.AsSpan(resample * count, count), seed);
                }
            }
        }

        for (var resample = 0; resample < resamples; resample++)
        {
            totals[resample] /= value.Runs;
        }

        // Beside r stands what rests on the same folds and seeds, or nothing: the folds that length leaves are not like the others.
        return new StrengthSamples(value.Mean, value.Runs, totals, partialValue.Runs == value.Runs ? partialValue.Mean : double.NaN);
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
