using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Probing.Labels;

/// <summary>A part of the labels.</summary>
internal enum LabelPart
{
    /// <summary>At most the first quartile.</summary>
    Lower,

    /// <summary>Between the quartiles.</summary>
    Middle,

    /// <summary>At least the third quartile, and not in the lower part.</summary>
    Upper,
}

/// <summary>The first and third quartile of a cell's labels, and how well predictions do in the parts they cut.</summary>
/// <param name="First">The first quartile.</param>
/// <param name="Third">The third.</param>
internal readonly record struct LabelQuartiles(double First, double Third)
{
    public static LabelQuartiles Of(float[] labels)
    {
        var sorted = Array.ConvertAll(labels, label => (double)label);
        Array.Sort(sorted);
        return new LabelQuartiles(Quantile.OfSorted(sorted, 0.25).Value!.Value, Quantile.OfSorted(sorted, 0.75).Value!.Value);
    }

    public LabelPart PartOf(double label) => label <= First ? LabelPart.Lower : label >= Third ? LabelPart.Upper : LabelPart.Middle;

    public PartStrength Strength(LabelPart part, double[] predicted, double[] actual)
    {
        var (inPart, labels) = (new List<double>(), new List<double>());
        for (var i = 0; i < actual.Length; i++)
        {
            if (PartOf(actual[i]) == part)
            {
                inPart.Add(predicted[i]);
                labels.Add(actual[i]);
            }
        }

        double[] predictions = [.. inPart];
        double[] truth = [.. labels];
        var r = Pearson.Of(predictions, truth);
        return new PartStrength(truth.Length, r.Value, Moments.MeanSquaredError(predictions, truth).Value, r.Reason)
        {
            Spearman = Spearman.Of(predictions, truth).Value,
            R2 = Determination.Of(predictions, truth).Value,
        };
    }
}
