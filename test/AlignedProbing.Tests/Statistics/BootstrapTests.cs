using AlignedProbing.Statistics;

namespace AlignedProbing.Tests.Statistics;

public class BootstrapTests
{
    [Fact]
    public void A_resample_hangs_on_seed_resample_and_stratum_alone()
    {
        var rows = Draw(7, 3, 0);
        Assert.Equal(rows, Draw(7, 3, 0));
        Assert.NotEqual(rows, Draw(8, 3, 0));
        Assert.NotEqual(rows, Draw(7, 4, 0));
        Assert.NotEqual(rows, Draw(7, 3, 1));
        Assert.All(rows, row => Assert.InRange(row, 0, 50));

        static int[] Draw(int seed, int resample, int stratum)
        {
            var rows = new int[51];
            Bootstrap.DrawRows(seed, resample, rows, stratum);
            return rows;
        }
    }

    [Fact]
    public void Every_row_is_drawn_as_often_as_every_other()
    {
        var counts = new double[10];
        var rows = new int[10];
        for (var resample = 0; resample < 20_000; resample++)
        {
            Bootstrap.DrawRows(1, resample, rows);
            foreach (var row in rows)
            {
                counts[row]++;
            }
        }

        // Binomial(200000, 1/10): standard deviation 134.
        Assert.All(counts, count => Assert.InRange(count, 20_000 - 600, 20_000 + 600));
    }

    [Fact]
    public void The_interval_of_a_mean_is_that_of_the_normal_approximation()
    {
        double[] values = [.. Enumerable.Range(0, 400).Select(i => (double)(i % 20))];
        var estimate = Bootstrap.Percentile(values.Length, Mean, resamples: 4000, seed: 5);
        var error = Moments.StandardDeviation(values).Value!.Value / Math.Sqrt(values.Length);
        Assert.Equal(9.5, estimate.Value!.Value, 12);
        Assert.Equal(9.5 - (1.96 * error), estimate.Low!.Value, 0.03);
        Assert.Equal(9.5 + (1.96 * error), estimate.High!.Value, 0.03);
        Assert.Equal(estimate, Bootstrap.Percentile(values.Length, Mean, resamples: 4000, seed: 5));

        double Mean(ReadOnlySpan<int> rows)
        {
            var sum = 0.0;
            foreach (var row in rows)
            {
                sum += values[row];
            }

            return sum / rows.Length;
        }
    }

    [Fact]
    public void Undefined_resamples_are_left_out_and_too_many_of_them_leave_no_interval()
    {
        Assert.Equal((1.0, 1.0), Bootstrap.Interval([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, double.NaN]));
        Assert.Equal((null, null), Bootstrap.Interval([1, 1, double.NaN]));
        Assert.Equal((null, null), Bootstrap.Interval([]));
        Assert.Null(Bootstrap.Percentile(0, _ => 1).Value);
        Assert.Equal(Undefined.NotFinite, Bootstrap.Percentile(3, _ => double.NaN).Reason);
    }
}
