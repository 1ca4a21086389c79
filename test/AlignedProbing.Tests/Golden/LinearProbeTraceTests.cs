using AlignedProbing.Probing.Probes;
using AlignedProbing.Probing.Training;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Golden;

public class LinearProbeTraceTests
{
    private const int Width = 576;

    [Fact]
    public void With_the_recorded_draws_every_weight_is_PyTorchs()
    {
        var trace = new SafetensorsReader(SharedData.Path("goldens", "probing", "probe_trace.safetensors"));
        var problem = Problem(trace);
        int[] checkpoints = [1, 2, 10, 75, 150, 750, 1500];
        var worst = 0.0;
        var seen = 0;
        var fit = new LinearProbe(new LinearProbeOptions()).Fit(problem, new RecordedDraws(trace), Compare, CancellationToken.None)[0];

        void Compare(int step, int column, ReadOnlySpan<float> weights, float bias)
        {
            if (!checkpoints.Contains(step))
            {
                return;
            }

            seen++;
            var expected = trace.Read<float>($"weight_{step}");
            for (var i = 0; i < Width; i++)
            {
                worst = Math.Max(worst, Math.Abs((double)expected[i] - weights[i]));
            }

            worst = Math.Max(worst, Math.Abs((double)trace.Read<float>($"bias_{step}")[0] - bias));
        }

        var predictions = trace.Read<float>("test_prediction");
        var worstPrediction = fit.Predictions.Zip(predictions, (ours, theirs) => Math.Abs((double)ours - theirs)).Max();
        TestContext.Current.TestOutputHelper!.WriteLine($"largest difference: weights {worst:E1}, predictions {worstPrediction:E1}");
        Assert.Equal(checkpoints.Length, seen);
        Assert.InRange(worst, 0, 1e-7);
        Assert.Equal(499, fit.Predictions.Length);
        Assert.InRange(worstPrediction, 0, 1e-6);
        Assert.Equal((int)trace.Read<double>("result")[2], fit.Epoch);
        Assert.Equal(trace.Read<float>("dev_loss")[fit.Epoch!.Value - 1], fit.DevelopmentLoss, 1e-7);
    }

    [Fact]
    public void The_learning_rate_of_every_step_is_PyTorchs()
    {
        var expected = new SafetensorsReader(SharedData.Path("goldens", "probing", "probe_trace.safetensors")).Read<double>("lr");
        var schedule = new AdamSchedule(1e-3, expected.Length, expected.Length / 10);
        Assert.All(expected.Index(), pair => Assert.Equal(pair.Item, schedule.Rate(pair.Index), 1e-12));
    }

    private static ProbeProblem Problem(SafetensorsReader trace)
    {
        var labels = RtpGolden.Labels("prompt", "toxicity").Select(value => value!.Value).ToArray();
        var (low, high) = (labels.Min(), labels.Max());
        return new ProbeProblem
        {
            Features = RtpGolden.Vectors("input", 6),
            Labels = [[.. labels.Select(value => (float)((value - low) / (high - low)))]],
            Train = trace.Read<int>("train"),
            Development = trace.Read<int>("dev"),
            Test = trace.Read<int>("test"),
            Fold = 0,
            Seed = 0,
        };
    }

    private sealed class RecordedDraws(SafetensorsReader trace) : IProbeDraws
    {
        private readonly int[] _orders = trace.Read<int>("perm");
        private readonly byte[] _kept = trace.Read<byte>("keep_mask_bits");
        private int _rows;

        public float Initialize(Span<float> weights)
        {
            trace.Read<float>("init_weight").CopyTo(weights);
            return trace.Read<float>("init_bias")[0];
        }

        public void Permute(int epoch, Span<int> order)
        {
            _rows = order.Length;
            _orders.AsSpan(epoch * _rows, _rows).CopyTo(order);
        }

        public void Drop(int epoch, int position, ReadOnlySpan<float> example, Span<float> dropped)
        {
            var mask = _kept.AsSpan(((epoch * _rows) + position) * (Width / 8), Width / 8);
            for (var i = 0; i < Width; i++)
            {
                dropped[i] = (mask[i / 8] & (0x80 >> (i % 8))) != 0 ? example[i] * 1.25f : 0;
            }
        }
    }
}
