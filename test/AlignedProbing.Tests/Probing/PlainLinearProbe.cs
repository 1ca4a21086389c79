using AlignedProbing.Probing.Probes;
using AlignedProbing.Probing.Training;

namespace AlignedProbing.Tests.Probing;

/// <summary>The linear probe as one would write it down: one number after the other, in float64 where that is simpler.</summary>
internal static class PlainLinearProbe
{
    public static ProbeFit Fit(ProbeProblem problem, LinearProbeOptions options, IProbeDraws draws)
    {
        var (features, labels) = (problem.Features, problem.Labels[0]);
        var width = features.Width;
        var padded = (width + 15) / 16 * 16;
        var weights = new float[width];
        var bias = (double)draws.Initialize(weights);
        double[] w = [.. weights.Select(weight => (double)weight)];
        var (m, v) = (new double[width + 1], new double[width + 1]);
        var order = new int[problem.Train.Length];
        var steps = options.Epochs * ((order.Length + 15) / 16);
        var warmUp = steps / 10;
        var (step, bestLoss, bestEpoch, bestWeights, bestBias) = (0, double.PositiveInfinity, 0, w, bias);
        for (var epoch = 0; epoch < options.Epochs; epoch++)
        {
            draws.Permute(epoch, order);
            for (var start = 0; start < order.Length; start += 16)
            {
                var count = Math.Min(16, order.Length - start);
                var gradient = new double[width + 1];
                for (var b = 0; b < count; b++)
                {
                    var row = problem.Train[order[start + b]];
                    var (example, dropped) = (new float[padded], new float[padded]);
                    features.Row(row).CopyTo(example);
                    draws.Drop(epoch, start + b, example, dropped);
                    var slope = Math.Clamp(bias + Enumerable.Range(0, width).Sum(i => w[i] * dropped[i]) - labels[row], -1, 1) / count;
                    for (var i = 0; i < width; i++)
                    {
                        gradient[i] += slope * dropped[i];
                    }

                    gradient[width] += slope;
                }

                var rate = options.LearningRate * (step < warmUp ? (double)step / warmUp : (double)(steps - step) / (steps - warmUp));
                step++;
                for (var i = 0; i <= width; i++)
                {
                    m[i] = (0.9 * m[i]) + (0.1 * gradient[i]);
                    v[i] = (0.999 * v[i]) + (0.001 * gradient[i] * gradient[i]);
                    var change = rate * (m[i] / (1 - Math.Pow(0.9, step))) / (Math.Sqrt(v[i] / (1 - Math.Pow(0.999, step))) + 1e-8);
                    if (i < width)
                    {
                        w[i] -= change;
                    }
                    else
                    {
                        bias -= change;
                    }
                }
            }

            var loss = problem.Development.Average(row => SmoothL1(Math.Abs(Predict(row) - labels[row])));
            if (loss < bestLoss)
            {
                (bestLoss, bestEpoch, bestWeights, bestBias) = (loss, epoch + 1, [.. w], bias);
            }
            else if (epoch + 1 - bestEpoch >= options.Patience)
            {
                break;
            }
        }

        (w, bias) = (bestWeights, bestBias);
        return new ProbeFit(
            [.. problem.Test.Select(row => (float)Predict(row))],
            [new FittedDirection([.. w.Select(weight => (float)weight)], bias)],
            bestEpoch,
            null,
            bestLoss);

        double Predict(int row)
        {
            var example = features.Row(row);
            var sum = bias;
            for (var i = 0; i < width; i++)
            {
                sum += w[i] * example[i];
            }

            return sum;
        }

        static double SmoothL1(double distance) => distance < 1 ? 0.5 * distance * distance : distance - 0.5;
    }
}
