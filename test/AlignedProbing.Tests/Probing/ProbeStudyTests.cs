using AlignedProbing.Probing;
using AlignedProbing.Probing.Labels;
using AlignedProbing.Probing.Probes;
using AlignedProbing.Probing.Training;
using AlignedProbing.Runs;

namespace AlignedProbing.Tests.Probing;

public class ProbeStudyTests
{
    [Fact]
    public void Too_few_rows_are_a_missing_cell()
    {
        var study = new ProbeStudy(new RidgeProbe(), new ProbeStudyOptions());
        study.Add(new FeatureMatrix(11, 4), new LabelColumn("y", [.. Enumerable.Range(0, 11).Select(i => (double)i)]));
        study.Add(new FeatureMatrix(0, 4), new LabelColumn("y", []));
        study.Add(new FeatureMatrix(12, 4), new LabelColumn("y", [.. Enumerable.Range(0, 12).Select(i => (double)i)]));
        var cells = study.Run(null, CancellationToken.None);
        Assert.Null(cells[2].Missing);
        Assert.All(cells.Take(2), cell => Assert.Equal((MissingReason.TooFewRows, 0), (cell.Missing, cell.Runs.Length)));
    }

    [Fact]
    public void Constant_features_give_runs_without_a_number()
    {
        var study = new ProbeStudy(new RidgeProbe(), new ProbeStudyOptions());
        study.Add(new FeatureMatrix(40, 4), new LabelColumn("y", [.. Enumerable.Range(0, 40).Select(i => (double)i)]));
        var cell = study.Run(null, CancellationToken.None)[0];
        Assert.Null(cell.Missing);
        Assert.Equal(4, cell.Runs.Length);
        Assert.All(cell.Runs, run => Assert.Equal((null, MissingReason.Constant), (run.R, run.Missing)));
        Assert.All(cell.Runs, run => Assert.NotNull(run.Mse));
    }

    [Theory]
    [InlineData("linear")]
    [InlineData("logistic")]
    [InlineData("mlp")]
    [InlineData("mlp2")]
    [InlineData("ridge")]
    public void Finite_vectors_that_overflow_in_training_give_no_number_that_is_not_finite(string probe)
    {
        var problem = Problems.Make(rows: 40, width: 4, columns: 1);
        for (var row = 0; row < 40; row++)
        {
            problem.Features.Row(row).Fill(row % 2 == 0 ? float.MaxValue : -float.MaxValue);
        }

        var study = new ProbeStudy(ProbeCatalog.Create(new ProbingOptions { Scorer = "", Probe = probe, Epochs = 2 }), new ProbeStudyOptions { Seeds = [0] });
        study.Add(problem.Features, new LabelColumn("y", Array.ConvertAll(problem.Labels[0], label => (double)label)));
        var cell = study.Run(null, CancellationToken.None)[0];
        Assert.Equal(4, cell.Runs.Length);
        foreach (var run in cell.Runs)
        {
            Assert.True((run.R is null) != (run.Missing is null));
            Assert.All(new[] { run.R, run.Mse, run.Spearman, run.R2, run.Accuracy, run.MacroF1, run.Auroc }, value =>
                Assert.True(value is null || double.IsFinite(value.Value), $"{value}"));
        }
    }

    [Theory]
    [InlineData("logistic")]
    [InlineData("mlp")]
    [InlineData("mlp2")]
    public void Networks_are_bitwise_the_same_for_any_number_of_threads_and_whatever_else_is_trained(string probe)
    {
        var problem = Problems.Make(rows: 60, width: 5, columns: 3);
        var one = Run(1, 3);
        Assert.Contains(one[0].Runs, run => run.R is not null);
        foreach (var cells in new[] { Run(2, 3), Run(3, 3), Run(3, 1) })
        {
            foreach (var (cell, index) in cells.Select((cell, index) => (cell, index)))
            {
                Assert.Equal(one[index].Runs.Select(run => run with { ClassN = null }), cell.Runs.Select(run => run with { ClassN = null }));
                Assert.All(one[index].Runs.Zip(cell.Runs), pair => Assert.Equal(pair.First.ClassN, pair.Second.ClassN));
                Assert.All(one[index].Predictions.Zip(cell.Predictions), pair => Assert.Equal(Bits(pair.First), Bits(pair.Second)));
                Assert.All(one[index].Directions.Zip(cell.Directions), pair =>
                    Assert.Equal(pair.First.SelectMany(direction => Bits(direction.Weights)), pair.Second.SelectMany(direction => Bits(direction.Weights))));
            }
        }

        IReadOnlyList<StudyCell> Run(int threads, int columns)
        {
            var study = new ProbeStudy(
                ProbeCatalog.Create(
                    new ProbingOptions
                    {
                        Scorer = "",
                        Probe = probe,
                        Epochs = 4,
                    }),
                new ProbeStudyOptions { Seeds = [0, 1], Threads = threads });
            foreach (var labels in problem.Labels.Take(columns))
            {
                study.Add(problem.Features, new LabelColumn("y", Array.ConvertAll(labels, label => label + 0.3)));
                study.Add(problem.Features, new LabelColumn("y", Array.ConvertAll(labels, label => label + 0.3)), randomized: true);
            }

            return study.Run(null, CancellationToken.None);
        }

        static int[] Bits(IEnumerable<float> values) => [.. values.Select(BitConverter.SingleToInt32Bits)];
    }

    [Fact]
    public void Unequal_numbers_of_labels_and_vectors_are_refused() =>
        Assert.Throws<ArgumentException>(() =>
            new ProbeStudy(new RidgeProbe(), new ProbeStudyOptions()).Add(new FeatureMatrix(40, 4), new LabelColumn("y", [1, 2])));

    [Fact]
    public void Unequal_numbers_of_groups_and_vectors_are_refused() =>
        Assert.Throws<ArgumentException>(() =>
            new ProbeStudy(new RidgeProbe(), new ProbeStudyOptions()).Add(new FeatureMatrix(3, 4), new LabelColumn("y", [1, 2, 3]), groups: [1]));

    [Fact]
    public void Standardised_features_have_mean_zero_and_deviation_one_on_the_rows_that_scale_them()
    {
        var problem = Problems.Make(rows: 50, width: 3, columns: 1);
        for (var row = 0; row < 50; row++)
        {
            problem.Features.Row(row)[1] = (1e4f * problem.Features.Row(row)[1]) + 3e5f;
            problem.Features.Row(row)[2] = 7;
        }

        var scaled = problem.Features.Standardised(problem.Train);
        for (var column = 0; column < 2; column++)
        {
            double[] values = [.. problem.Train.Select(row => (double)scaled.Row(row)[column])];
            Assert.Equal(0, values.Average(), 1e-5);
            Assert.Equal(1, Math.Sqrt(values.Average(value => value * value)), 1e-5);
        }

        Assert.All(Enumerable.Range(0, 50), row => Assert.Equal(0, scaled.Row(row)[2], 1e-6));
    }
}
