using AlignedProbing.Numerics;
using AlignedProbing.Statistics;

namespace AlignedProbing.Tests.Statistics;

/// <summary>Layers at once against the slow way, layer by layer: the same figures, and intervals of the same resamples.</summary>
public sealed class WithinLayersTests
{
    private const int Prompts = 203;

    private static readonly double[] Truth = [.. Enumerable.Range(0, Prompts).Select(i => Uniform(1, i))];

    private static readonly double[] Behavior = [.. Enumerable.Range(0, Prompts).Select(i => (0.6 * Truth[i]) + (0.4 * Uniform(2, i)))];

    private static readonly int[] Folds = [.. Enumerable.Range(0, Prompts).Select(i => (i * 7) % 4)];

    [Fact]
    public void Figures_and_intervals_are_those_of_the_layers_one_by_one()
    {
        double[][] predicted = [.. Enumerable.Range(0, 5).Select(Layer)];
        var together = WithinLayers.Of(predicted, Behavior, Truth, Folds, resamples: 200, seed: 3);
        for (var layer = 0; layer < predicted.Length; layer++)
        {
            var alone = WithinModel.PartialCorrelation(predicted[layer], Behavior, Truth, Folds, resamples: 200, seed: 3);
            Assert.Equal(alone.Value!.Value, together[layer].Estimate.Value!.Value, 12);
            Assert.Equal(alone.Low!.Value, together[layer].Estimate.Low!.Value, 1e-4);
            Assert.Equal(alone.High!.Value, together[layer].Estimate.High!.Value, 1e-4);
            Assert.Equal(200, together[layer].Resampled.Length);
        }

        // Layers that hold what behaviour adds to the truth are found, the others are not.
        Assert.True(together[4].Estimate.Low > 0.3);
        Assert.True(together[0].Estimate is { Low: < 0, High: > 0 });
    }

    [Fact]
    public void A_score_of_two_values_has_a_square_that_says_nothing_new()
    {
        double[] binary = [.. Truth.Select(value => value < 0.4 ? 0.0 : 1)];
        var together = WithinLayers.Of([Layer(3)], Behavior, binary, Folds, resamples: 200);
        var alone = WithinModel.PartialCorrelation(Layer(3), Behavior, binary, Folds, resamples: 200);
        Assert.Equal(alone.Value!.Value, together[0].Estimate.Value!.Value, 12);
        Assert.Equal(alone.Low!.Value, together[0].Estimate.Low!.Value, 1e-3);
    }

    [Fact]
    public void What_is_constant_has_a_reason_and_leaves_the_other_layers_alone()
    {
        var found = WithinLayers.Of([new double[Prompts], Layer(3)], Behavior, Truth, Folds, resamples: 50);
        Assert.Equal((null, Undefined.Constant), (found[0].Estimate.Value, found[0].Estimate.Reason));
        Assert.NotNull(found[1].Estimate.Low);
        Assert.Equal(Undefined.TooFewRows, WithinLayers.Of([[1, 2]], [1, 2], [1, 2], [0, 1])[0].Estimate.Reason);
        Assert.Empty(WithinLayers.Of([[]], [], [], [])[0].Resampled);
        Assert.Throws<ArgumentException>(() => WithinLayers.Of([[1]], [1, 2], [1, 2], [0, 1]));
    }

    private static double[] Layer(int layer) =>
        [.. Enumerable.Range(0, Prompts).Select(i => Truth[i] + (0.1 * layer * (Behavior[i] - Truth[i])) + (0.2 * Uniform(10 + layer, i)))];

    private static double Uniform(int key, int counter)
    {
        var (a, b, _, _) = Philox.Block((ulong)key, (ulong)counter);
        return Philox.ToDouble(a, b);
    }
}
