
namespace AlignedProbing.Probing.Training;

/// <summary>What standardises features: each column less its mean, times its scale.</summary>
/// <param name="Mean">Means, a column each.</param>
/// <param name="Scale">1 / standard deviation, a column each; 1 where a column is constant.</param>
internal sealed record FeatureScaling(double[] Mean, double[] Scale)
{
    // Deviations below this share of the mean are rounding.
    private const double Rounding = 1e-7;

    /// <summary>The scaling by some rows.</summary>
    public static FeatureScaling Of(FeatureMatrix features, ReadOnlySpan<int> rows)
    {
        var (mean, scale) = (new double[features.Width], new double[features.Width]);
        foreach (var row in rows)
        {
            var values = features.Row(row);
            for (var column = 0; column < mean.Length; column++)
            {
                mean[column] += values[column];
            }
        }

        for (var column = 0; column < mean.Length; column++)
        {
            mean[column] /= Math.Max(rows.Length, 1);
        }

        foreach (var row in rows)
        {
            var values = features.Row(row);
            for (var column = 0; column < mean.Length; column++)
            {
                scale[column] += (values[column] - mean[column]) * (values[column] - mean[column]);
            }
        }

        for (var column = 0; column < mean.Length; column++)
        {
            var deviation = Math.Sqrt(scale[column] / Math.Max(rows.Length, 1));
            scale[column] = deviation > Rounding * Math.Abs(mean[column]) ? 1 / deviation : 1;
        }

        return new FeatureScaling(mean, scale);
    }

    /// <summary>A copy of features, scaled.</summary>
    public FeatureMatrix Apply(FeatureMatrix features)
    {
        var scaled = new FeatureMatrix(features.Rows, features.Width);
        for (var row = 0; row < features.Rows; row++)
        {
            var from = features.Row(row);
            var to = scaled.Row(row);
            for (var column = 0; column < to.Length; column++)
            {
                to[column] = (float)((from[column] - Mean[column]) * Scale[column]);
            }
        }

        return scaled;
    }

    /// <summary>A direction in scaled features as one in raw features: what it predicts stays the same.</summary>
    public FittedDirection Unscaled(FittedDirection direction)
    {
        var weights = new float[direction.Weights.Length];
        var bias = direction.Bias;
        for (var column = 0; column < weights.Length; column++)
        {
            weights[column] = (float)(direction.Weights[column] * Scale[column]);
            bias -= (double)weights[column] * Mean[column];
        }

        return new FittedDirection(weights, bias);
    }
}
