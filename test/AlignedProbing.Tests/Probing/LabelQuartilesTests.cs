using AlignedProbing.Probing.Labels;
using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Tests.Probing;

public class LabelQuartilesTests
{
    [Fact]
    public void Parts_are_cut_at_the_quartiles_and_judged_each_by_itself()
    {
        float[] labels = [.. Enumerable.Range(0, 9).Select(i => i / 8f)];
        var quartiles = LabelQuartiles.Of(labels);
        Assert.Equal(new LabelQuartiles(0.25, 0.75), quartiles);
        double[] actual = Array.ConvertAll(labels, label => (double)label);
        // Right below, upside down above, and one off by a half in the middle.
        double[] predicted = [0, 0.125, 0.25, 0.375, 1, 0.625, 1, 0.875, 0.75];
        var (lower, middle, upper) = (Part(LabelPart.Lower), Part(LabelPart.Middle), Part(LabelPart.Upper));
        Assert.Equal((3, 3, 3), (lower.N, middle.N, upper.N));
        Assert.Equal(1, lower.R!.Value, 12);
        Assert.Equal(0.0, lower.Mse);
        Assert.Equal(0.25 / 3, middle.Mse!.Value, 12);
        Assert.Equal(-1, upper.R!.Value, 12);

        PartStrength Part(LabelPart part) => quartiles.Strength(part, predicted, actual);
    }

    [Fact]
    public void A_part_without_variation_or_rows_has_a_reason_and_no_r()
    {
        var quartiles = LabelQuartiles.Of([0, 0, 0, 0, 0, 0, 0, 1]);
        Assert.Equal(Undefined.Constant, quartiles.Strength(LabelPart.Lower, [0.1, 0.2, 0.3], [0, 0, 0]).Missing);
        var empty = quartiles.Strength(LabelPart.Middle, [0.1, 0.2], [0, 1]);
        Assert.Equal((0, null, null, Undefined.TooFewRows), (empty.N, empty.R, empty.Mse, empty.Missing));
    }
}
