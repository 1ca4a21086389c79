using AlignedProbing.Probing.Training;

namespace AlignedProbing.Tools.Coverage;

/// <summary>
/// Rows whose truth is known: Gaussian features whose spreads fall as 1, 1/2, 1/3, ... as those of hidden states do, and a label that the best linear
/// predictor meets with a given correlation. That predictor reads the first eight features.
/// </summary>
internal sealed class Sample
{
    private const int Read = 8;
    private readonly double _best;

    public Sample(Random random, int rows, int width, double best)
        : this(rows, width, best)
    {
        for (var row = 0; row < rows; row++)
        {
            var features = Features.Row(row);
            var signal = 0.0;
            for (var i = 0; i < width; i++)
            {
                var z = Normal(random);
                features[i] = (float)(z / (i + 1));
                signal += i < Read ? z / Math.Sqrt(Read) : 0;
            }

            Labels[row] = (float)((best * signal) + (Math.Sqrt(1 - (best * best)) * Normal(random)));
        }
    }

    private Sample(int rows, int width, double best)
    {
        (Rows, Width, _best) = (rows, width, best);
        Features = new FeatureMatrix(rows, width);
        Labels = new float[rows];
    }

    public int Rows { get; }

    public int Width { get; }

    public FeatureMatrix Features { get; }

    public float[] Labels { get; }

    /// <summary>The same rows as a layer that holds less sees them: of each feature a share of the variance is noise.</summary>
    public Sample Blurred(Random random, double clean)
    {
        var blurred = new Sample(Rows, Width, _best * Math.Sqrt(clean));
        Labels.CopyTo(blurred.Labels, 0);
        for (var row = 0; row < Rows; row++)
        {
            var from = Features.Row(row);
            var to = blurred.Features.Row(row);
            for (var i = 0; i < Width; i++)
            {
                to[i] = (float)((Math.Sqrt(clean) * from[i]) + (Math.Sqrt(1 - clean) * Normal(random) / (i + 1)));
            }
        }

        return blurred;
    }

    /// <summary>The same rows with labels of others: what a control task trains on. Nothing is to be read.</summary>
    public Sample Permuted(Random random)
    {
        var permuted = new Sample(Rows, Width, 0);
        for (var row = 0; row < Rows; row++)
        {
            Features.Row(row).CopyTo(permuted.Features.Row(row));
        }

        Labels.CopyTo(permuted.Labels, 0);
        random.Shuffle(permuted.Labels);
        return permuted;
    }

    /// <summary>The correlation that a probe would have over all rows that could be drawn.</summary>
    public double TrueR(float[] weights)
    {
        var (with, own) = (0.0, 0.0);
        for (var i = 0; i < Width; i++)
        {
            var spread = weights[i] / (i + 1.0);
            own += spread * spread;
            with += i < Read ? spread * _best / Math.Sqrt(Read) : 0;
        }

        return own > 0 ? with / Math.Sqrt(own) : 0;
    }

    public static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
