using AlignedProbing.Numerics;
using AlignedProbing.Statistics;

namespace AlignedProbing.Tests.Statistics;

public sealed class ControlExcessTests
{
    [Fact]
    public void Without_variation_the_interval_is_the_difference_of_means()
    {
        var found = ControlExcess.Of([0.5, 0.5, 0.5], [[0.25, 0.25, 0.25], [0.25, 0.25, 0.25]], 200);
        Assert.Equal((0.25, 0.25, 0.25, 3), (found.Value, found.Low, found.High, found.N));
    }

    [Fact]
    public void Where_rows_do_not_vary_it_is_the_prediction_interval_of_one_more_control()
    {
        // Controls 0, 1, 2: mean 1, s = 1; t(2) at .975 is 4.302653, times sqrt(4 / 3) = 4.968276.
        var found = ControlExcess.Of([4, 4], [[0, 0], [1, 1], [2, 2]], 50);
        Assert.Equal(3, found.Value!.Value, 1e-12);
        Assert.Equal(3 - 4.968276, found.Low!.Value, 1e-5);
        Assert.Equal(3 + 4.968276, found.High!.Value, 1e-5);
    }

    [Fact]
    public void Where_controls_are_equal_it_is_the_bootstrap_of_paired_differences()
    {
        double[] effect = [.. Enumerable.Range(0, 40).Select(i => Math.Sin(i))];
        double[] control = [.. Enumerable.Range(0, 40).Select(i => Math.Cos(3 * i))];
        double[] difference = [.. effect.Zip(control).Select(pair => pair.First - pair.Second)];
        var expected = Bootstrap.Percentile(40, rows => rows.ToArray().Average(row => difference[row]), 500, seed: 3);
        var found = ControlExcess.Of(effect, [control, control], 500, seed: 3);
        Assert.Equal(expected.Value!.Value, found.Value!.Value, 1e-12);
        Assert.Equal(expected.Low!.Value, found.Low!.Value, 1e-12);
        Assert.Equal(expected.High!.Value, found.High!.Value, 1e-12);
    }

    [Fact]
    public void Where_an_edit_is_one_of_its_controls_its_interval_leaves_0_out_at_most_once_in_twenty()
    {
        var misses = Enumerable.Range(0, 500).Count(simulation =>
        {
            var stream = RandomStream.For(5, "control-excess", "null", simulation);
            // Eleven directions, each with a mean of its own; the first is the edit.
            double[][] runs =
            [
                .. Enumerable.Range(0, 11).Select(run => (double[])
                    [.. Enumerable.Range(0, 60).Select(i => stream.Uniform(run) + (2 * stream.Uniform(1000 + (run * 60) + i)))]),
            ];
            var found = ControlExcess.Of(runs[0], runs[1..], 200, simulation);
            return found.Low > 0 || found.High < 0;
        });
        Assert.InRange(misses, 0, 25);
    }

    [Fact]
    public void A_large_effect_is_told_from_small_ones()
    {
        double[][] controls = [.. Enumerable.Range(0, 10).Select(run => (double[])[.. Enumerable.Range(0, 50).Select(i => 0.02 * Math.Sin((7 * run) + i))])];
        var found = ControlExcess.Of([.. Enumerable.Range(0, 50).Select(i => 0.3 + (0.1 * Math.Cos(i)))], controls);
        Assert.InRange(found.Low!.Value, 0.2, 0.3);
    }

    [Fact]
    public void What_is_not_defined_has_its_reason()
    {
        Assert.Equal(Undefined.TooFewRows, ControlExcess.Of([], [[]]).Reason);
        Assert.Equal(Undefined.TooFewRows, ControlExcess.Of([1], []).Reason);
        Assert.Equal(Undefined.NotFinite, ControlExcess.Of([1, double.NaN], [[1, 2]]).Reason);
        var one = ControlExcess.Of([1, 2], [[1, 1]]);
        Assert.Equal((0.5, null, Undefined.TooFewRows), (one.Value, one.Low, one.Reason));
        Assert.Throws<ArgumentException>(() => ControlExcess.Of([1, 2], [[1]]));
    }
}
