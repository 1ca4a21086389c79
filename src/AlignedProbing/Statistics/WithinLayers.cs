namespace AlignedProbing.Statistics;

/// <summary>
/// <see cref="WithinModel"/> for all layers of a model at once: the same figures, on the same resamples, whose sums are shared by the layers. In float32, which
/// moves the ends of intervals by about 1e-5 and the figures themselves not at all.
/// </summary>
public static class WithinLayers
{
    // Below this share of its variance a series is taken to follow from the others: beyond what float32 can tell.
    private const double Dependent = 1e-5;

    private const int Shared = 9;
    private const int OfLayer = 5;

    /// <summary>The partial correlations, a layer each, with what they are in each resample.</summary>
    /// <param name="predicted">[layers][prompts]: out-of-fold predictions of the true score.</param>
    /// <param name="behavior">[prompts].</param>
    /// <param name="truth">[prompts]: the true scores.</param>
    /// <param name="folds">[prompts]: the fold that tested each, numbered from 0 without gaps.</param>
    /// <param name="resamples">Resamples of prompts within folds, at least 1.</param>
    /// <param name="seed">The seed.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static IReadOnlyList<(Estimate Estimate, double[] Resampled)> Of(
        double[][] predicted, double[] behavior, double[] truth, int[] folds, int resamples = 1000, int seed = 0)
    {
        ArgumentNullException.ThrowIfNull(predicted);
        ArgumentNullException.ThrowIfNull(behavior);
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(folds);
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 1);
        if (predicted.Any(layer => layer.Length != folds.Length) || behavior.Length != folds.Length || truth.Length != folds.Length)
        {
            throw new ArgumentException($"{folds.Length} folds, {behavior.Length} and {truth.Length} values beside them.", nameof(folds));
        }

        var wholes = Array.ConvertAll(predicted, layer => WithinModel.Whole(layer, behavior, truth, folds));
        var drawn = wholes.Any(whole => whole.Value is not null) ? Resampled(predicted, behavior, truth, folds, resamples, seed) : [];
        return [.. wholes.Select((whole, layer) =>
        {
            var none = new Estimate { N = folds.Length, Estimator = WithinModel.Estimator };
            if (whole.Value is not { } value)
            {
                return (none with { Reason = whole.Reason }, Array.Empty<double>());
            }

            var (low, high) = Bootstrap.Interval(drawn[layer]);
            return (none with { Value = value, Low = low, High = high, Reason = low is null ? Undefined.TooFewRows : null }, drawn[layer]);
        })];
    }

    private static double[][] Resampled(double[][] predicted, double[] behavior, double[] truth, int[] folds, int resamples, int seed)
    {
        var count = folds.Max() + 1;
        int[] order = [.. Enumerable.Range(0, folds.Length).OrderBy(row => folds[row]).ThenBy(row => row)];
        int[] starts = [.. Enumerable.Range(0, count + 1).Select(fold => order.Count(row => folds[row] < fold))];
        var columns = Columns(predicted, behavior, truth, order, starts);
        var counts = Counts(order.Length, starts, resamples, seed);
        var values = predicted.Select(_ => new double[resamples]).ToArray();
        var sums = new float[(long)resamples * columns.Length];
        for (var fold = 0; fold < count; fold++)
        {
            ResampledSums.Of(counts, order.Length, columns, starts[fold], starts[fold + 1], sums);
            var rows = starts[fold + 1] - starts[fold];
            for (var resample = 0; resample < resamples; resample++)
            {
                var of = sums.AsSpan(resample * columns.Length, columns.Length);
                for (var layer = 0; layer < values.Length; layer++)
                {
                    values[layer][resample] += Partial(of[..Shared], of.Slice(Shared + (layer * OfLayer), OfLayer), rows) / count;
                }
            }
        }

        return values;
    }

    // How often each resample drew each row: within folds, as WithinModel draws.
    private static byte[] Counts(int rows, int[] starts, int resamples, int seed)
    {
        var counts = new byte[checked(resamples * rows)];
        for (var fold = 0; fold + 1 < starts.Length; fold++)
        {
            var drawn = new int[starts[fold + 1] - starts[fold]];
            for (var resample = 0; resample < resamples; resample++)
            {
                Bootstrap.DrawRows(seed, resample, drawn, fold);
                foreach (var place in drawn)
                {
                    checked
                    {
                        counts[(resample * rows) + starts[fold] + place]++;
                    }
                }
            }
        }

        return counts;
    }

    // y, z = y squared, b and their products; then of each layer p and its products. Each series is centred and scaled within its fold.
    private static float[][] Columns(double[][] predicted, double[] behavior, double[] truth, int[] order, int[] starts)
    {
        var y = Scaled(truth, order, starts);
        var z = Scaled([.. y.Select(value => value * value)], null, starts);
        var b = Scaled(behavior, order, starts);
        var columns = new List<float[]> { Of(y), Of(z), Of(b), Of(y, y), Of(y, z), Of(y, b), Of(z, z), Of(z, b), Of(b, b) };
        foreach (var layer in predicted)
        {
            var p = Scaled(layer, order, starts);
            columns.AddRange([Of(p), Of(p, p), Of(p, y), Of(p, z), Of(p, b)]);
        }

        return [.. columns];

        static float[] Of(double[] one, double[]? other = null) =>
            other is null ? Array.ConvertAll(one, value => (float)value) : [.. one.Select((value, row) => (float)(value * other[row]))];
    }

    private static double[] Scaled(double[] values, int[]? order, int[] starts)
    {
        double[] scaled = order is null ? values : Array.ConvertAll(order, row => values[row]);
        for (var fold = 0; fold + 1 < starts.Length; fold++)
        {
            var part = scaled.AsSpan(starts[fold], starts[fold + 1] - starts[fold]);
            var mean = System.Numerics.Tensors.TensorPrimitives.Sum<double>(part) / part.Length;
            System.Numerics.Tensors.TensorPrimitives.Subtract(part, mean, part);
            var length = Math.Sqrt(System.Numerics.Tensors.TensorPrimitives.SumOfSquares<double>(part) / part.Length);
            if (length > 0)
            {
                System.Numerics.Tensors.TensorPrimitives.Divide(part, length, part);
            }
        }

        return scaled;
    }

    private static double Partial(ReadOnlySpan<float> shared, ReadOnlySpan<float> layer, int n)
    {
        double y = shared[0], z = shared[1], b = shared[2], p = layer[0];
        double yy = shared[3] - (y * y / n), yz = shared[4] - (y * z / n), yb = shared[5] - (y * b / n);
        double zz = shared[6] - (z * z / n), zb = shared[7] - (z * b / n), bb = shared[8] - (b * b / n);
        double pp = layer[1] - (p * p / n), py = layer[2] - (p * y / n), pz = layer[3] - (p * z / n), pb = layer[4] - (p * b / n);
        var (wholeP, wholeB, wholeZ) = (pp, bb, zz);
        if (yy > Dependent * n)
        {
            zz -= yz * yz / yy;
            zb -= yz * yb / yy;
            pz -= yz * py / yy;
            pp -= py * py / yy;
            bb -= yb * yb / yy;
            pb -= py * yb / yy;
        }

        if (zz > Dependent * wholeZ && zz > Dependent * n)
        {
            pp -= pz * pz / zz;
            bb -= zb * zb / zz;
            pb -= pz * zb / zz;
        }

        return pp > Dependent * wholeP && bb > Dependent * wholeB && pp > Dependent && bb > Dependent ? Math.Clamp(pb / Math.Sqrt(pp * bb), -1, 1) : double.NaN;
    }
}
