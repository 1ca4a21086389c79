using AlignedProbing.Probing.Probes;
using AlignedProbing.Probing.Training;

namespace AlignedProbing.Tests.Probing;

public class LinearProbeTests
{
    private static readonly LinearProbeOptions Options = new() { Epochs = 4 };

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(37)]
    public void The_kernels_do_what_a_plain_loop_does(int width)
    {
        var problem = Problems.Make(rows: 91, width, columns: 1);
        var fit = new LinearProbe(Options).Fit(problem, CancellationToken.None)[0];
        var plain = PlainLinearProbe.Fit(problem, Options, new ProbeDraws(problem.Seed, problem.Fold, Options.Dropout));
        Assert.Equal(plain.Epoch, fit.Epoch);
        Assert.All(plain.Directions[0].Weights.Zip(fit.Directions[0].Weights), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
        Assert.All(plain.Predictions.Zip(fit.Predictions), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(9)]
    public void Columns_trained_together_are_bitwise_those_trained_alone(int columns)
    {
        // With a patience of 1 columns stop at different epochs.
        var probe = new LinearProbe(new LinearProbeOptions { Epochs = 12, Patience = 1, LearningRate = 0.05 });
        var problem = Problems.Make(rows: 75, width: 20, columns);
        var together = probe.Fit(problem, CancellationToken.None);
        Assert.True(columns == 2 || together.Select(fit => fit.Epoch).Distinct().Count() > 1);
        for (var column = 0; column < columns; column++)
        {
            var alone = probe.Fit(problem with { Labels = [problem.Labels[column]] }, CancellationToken.None)[0];
            Assert.Equal(alone.Directions[0].Weights, together[column].Directions[0].Weights);
            Assert.Equal(alone.Predictions, together[column].Predictions);
            Assert.Equal(
                (alone.Epoch, alone.Directions[0].Bias, alone.DevelopmentLoss),
                (together[column].Epoch, together[column].Directions[0].Bias, together[column].DevelopmentLoss));
        }
    }

    [Fact]
    public void Seed_and_fold_change_the_result_and_nothing_else_does()
    {
        var probe = new LinearProbe(Options);
        var problem = Problems.Make(rows: 60, width: 12, columns: 1);
        var weights = probe.Fit(problem, CancellationToken.None)[0].Directions[0].Weights;
        Assert.Equal(weights, probe.Fit(problem, CancellationToken.None)[0].Directions[0].Weights);
        Assert.NotEqual(weights, probe.Fit(problem with { Seed = 1 }, CancellationToken.None)[0].Directions[0].Weights);
        Assert.NotEqual(weights, probe.Fit(problem with { Fold = 1 }, CancellationToken.None)[0].Directions[0].Weights);
    }

    [Fact]
    public void A_training_that_overflows_gives_no_number()
    {
        var problem = Problems.Make(rows: 60, width: 12, columns: 1);
        problem.Features.Row(problem.Train[0]).Fill(float.MaxValue);
        var fit = new LinearProbe(Options).Fit(problem, CancellationToken.None)[0];
        Assert.Null(fit.Epoch);
        Assert.All(fit.Predictions, value => Assert.True(float.IsNaN(value)));
    }

    [Fact]
    public void Dropout_keeps_four_fifths_and_scales_them()
    {
        var draws = new ProbeDraws(seed: 3, fold: 1, dropout: 0.2);
        float[] example = [.. Enumerable.Repeat(1f, 1600)];
        var kept = new double[1600];
        var dropped = new float[1600];
        for (var position = 0; position < 500; position++)
        {
            draws.Drop(0, position, example, dropped);
            for (var i = 0; i < dropped.Length; i++)
            {
                Assert.True(dropped[i] is 0 or 1.25f);
                kept[i] += dropped[i] == 0 ? 0 : 1;
            }
        }

        // Binomial: 800,000 draws, standard deviation of the share 0.00045; of one column 0.018.
        Assert.Equal(0.8, kept.Sum() / 800_000, 0.002);
        Assert.All(kept, count => Assert.InRange(count / 500, 0.7, 0.9));
    }

    [Fact]
    public void An_epochs_order_is_a_permutation_of_its_own()
    {
        var draws = new ProbeDraws(seed: 0, fold: 0, dropout: 0.2);
        var (first, second) = (new int[101], new int[101]);
        draws.Permute(0, first);
        draws.Permute(1, second);
        Assert.Equal(Enumerable.Range(0, 101), first.Order());
        Assert.Equal(Enumerable.Range(0, 101), second.Order());
        Assert.NotEqual(first, second);
        // No place keeps its row much more often than chance has it.
        Assert.InRange(first.Index().Count(pair => pair.Item == pair.Index), 0, 6);
    }
}
