using AlignedProbing.Probing;
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

    [Fact]
    public void Unequal_numbers_of_labels_and_vectors_are_refused() =>
        Assert.Throws<ArgumentException>(() => new ProbeStudy(new RidgeProbe(), new ProbeStudyOptions()).Add(new FeatureMatrix(40, 4), new LabelColumn("y", [1, 2])));

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
