using System.Runtime.Intrinsics;
using AlignedProbing.Scoring.Ngram;

namespace AlignedProbing.Tools.TrainScorer;

/// <summary>What the first stage's training depends on.</summary>
internal sealed record LinearOptions
{
    /// <summary>Texts without association added to those of an n-gram when its association with an attribute is estimated.</summary>
    public float Shrinkage { get; init; } = 0.1f;

    /// <summary>Share of the strongest association over all attributes in an n-gram's prior scale for each one.</summary>
    public float Shared { get; init; } = 0.1f;

    /// <summary>What the prior scale of a whole word and of a pair of words is multiplied with.</summary>
    public float WordBoost { get; init; } = 2;

    /// <summary>Exponent of the associations in the loads.</summary>
    public float LoadPower { get; init; } = 1.6f;

    /// <summary>Penalty of the ridge, by lane.</summary>
    public float[] Penalty { get; init; } = [.12f, .12f, .12f, .12f, .12f, .12f, .12f, .12f];

    /// <summary>An n-gram must occur in as many of the training texts.</summary>
    public int LeastTexts { get; init; } = 2;

    /// <summary>Steps of the conjugate gradient method; the figures no longer change beyond some 100.</summary>
    public int Steps { get; init; } = 100;
}

/// <summary>
/// The first stage: ridge regression of the log-odds of the scores on n-grams, for eight attributes at once (one a vector lane), solved in the dual by
/// conjugate
/// gradients. An n-gram's prior scale, and its part in a text's norm, follow its association with the attributes in the training texts: the few that matter are
/// not
/// drowned by the many that do not.
/// </summary>
internal sealed class LinearTrainer(TrainingTexts texts, NgramMatrix matrix, LinearOptions options)
{
    private const int Lanes = TrainingTexts.Lanes;

    /// <summary>Fits the texts of the given numbers and packs the result.</summary>
    public NgramModel Fit(int[] rows)
    {
        var (targets, mask, bias) = Targets(rows);
        var (scales, loads) = Scales(rows, targets);
        var norms = Array.ConvertAll(rows, row => Norm(row, loads));
        Standardise(rows, norms, scales);
        var weights = new Vector256<float>[scales.Length];
        var alpha = Solve(rows, norms, targets, mask, scales, weights);
        Scatter(rows, norms, alpha, scales, weights);
        var kept = Enumerable
            .Range(0, loads.Length)
            .Where(id => loads[id] > 0)
            .OrderByDescending(id => loads[id])
            .ThenBy(id => id)
            .Take(NgramTable.Capacity)
            .ToArray();
        var table = NgramTable.Pack(
            Array.ConvertAll(kept, id => matrix.Hashes[id]), Array.ConvertAll(kept, id => weights[id]), Array.ConvertAll(kept, id => loads[id]));
        return new NgramModel(table, bias, null);
    }

    private (Vector256<float>[] Targets, Vector256<float>[] Mask, Vector256<float> Mean) Targets(int[] rows)
    {
        var (targets, mask, mean) = (new Vector256<float>[rows.Length], new Vector256<float>[rows.Length], Vector256<float>.Zero);
        for (var lane = 0; lane < Lanes; lane++)
        {
            var known = rows.Select(row => texts.Scores[(row * Lanes) + lane]).Where(score => !float.IsNaN(score)).Select(LogOdds).ToArray();
            mean = mean.WithElement(lane, (float)(known.Sum(value => (double)value) / known.Length));
            for (var i = 0; i < rows.Length; i++)
            {
                var score = texts.Scores[(rows[i] * Lanes) + lane];
                mask[i] = mask[i].WithElement(lane, float.IsNaN(score) ? 0 : 1);
                targets[i] = targets[i].WithElement(lane, float.IsNaN(score) ? 0 : LogOdds(score) - mean[lane]);
            }
        }

        return (targets, mask, mean);

        static float LogOdds(float score)
        {
            var p = Math.Clamp(score, 0.01f, 0.99f);
            return MathF.Log(p / (1 - p));
        }
    }

    // Squared prior scales and loads of the n-grams; zero where one is too rare or tells nothing.
    private (Vector256<float>[] Scales, float[] Loads) Scales(int[] rows, Vector256<float>[] targets)
    {
        var n = matrix.Hashes.Length;
        var (sums, counts, seen, spread) = (new Vector256<float>[n], new int[n], new int[n], Vector256<float>.Zero);
        for (var i = 0; i < rows.Length; i++)
        {
            spread += targets[i] * targets[i];
            foreach (var id in matrix.Of(rows[i]))
            {
                if (seen[id] != i + 1)
                {
                    seen[id] = i + 1;
                    counts[id]++;
                    sums[id] += targets[i];
                }
            }
        }

        spread = Vector256.Sqrt(spread / Vector256.Create((float)rows.Length));
        var (scales, loads, average) = (new Vector256<float>[n], new float[n], 0.0);
        for (var id = 0; id < n; id++)
        {
            if (counts[id] < options.LeastTexts)
            {
                continue;
            }

            var association = Vector256.Abs(sums[id] / spread) / Vector256.Create(MathF.Sqrt(counts[id] + options.Shrinkage));
            association *= Vector256.Create(matrix.IsWord[id] ? options.WordBoost : 1);
            var strongest = 0f;
            for (var lane = 0; lane < Lanes; lane++)
            {
                strongest = Math.Max(strongest, association[lane]);
            }

            var scale = (association * Vector256.Create(1 - options.Shared)) + Vector256.Create(options.Shared * strongest);
            scales[id] = scale * scale;
            loads[id] = MathF.Pow(strongest, options.LoadPower);
        }

        foreach (var row in rows)
        {
            foreach (var id in matrix.Of(row))
            {
                average += (double)loads[id] / rows.Length;
            }
        }

        return (scales, Array.ConvertAll(loads, load => (float)(load / average)));
    }

    private float Norm(int row, float[] loads)
    {
        var sum = 0f;
        foreach (var id in matrix.Of(row))
        {
            sum += loads[id];
        }

        return NgramModel.Norm(sum);
    }

    // The mean diagonal of the kernel becomes 1 in every lane, so that a penalty means the same everywhere.
    private void Standardise(int[] rows, float[] norms, Vector256<float>[] scales)
    {
        var diagonal = Vector256<float>.Zero;
        for (var i = 0; i < rows.Length; i++)
        {
            foreach (var id in matrix.Of(rows[i]))
            {
                diagonal += scales[id] * Vector256.Create(norms[i] * norms[i] / rows.Length);
            }
        }

        for (var id = 0; id < scales.Length; id++)
        {
            scales[id] /= diagonal;
        }
    }

    private Vector256<float>[] Solve(
        int[] rows, float[] norms, Vector256<float>[] targets, Vector256<float>[] mask, Vector256<float>[] scales, Vector256<float>[] buffer)
    {
        var n = rows.Length;
        var (alpha, image, penalty, tiny) = (new Vector256<float>[n], new Vector256<float>[n], Vector256.Create(options.Penalty), Vector256.Create(1e-30f));
        var (residual, direction) = ((Vector256<float>[])targets.Clone(), (Vector256<float>[])targets.Clone());
        var square = Dot(residual, residual);
        for (var step = 0; step < options.Steps; step++)
        {
            Scatter(rows, norms, direction, scales, buffer);
            for (var i = 0; i < n; i++)
            {
                var sum = Vector256<float>.Zero;
                foreach (var id in matrix.Of(rows[i]))
                {
                    sum += buffer[id];
                }

                image[i] = (sum * Vector256.Create(norms[i]) * mask[i]) + (penalty * direction[i]);
            }

            var along = square / Vector256.Max(Dot(direction, image), tiny);
            for (var i = 0; i < n; i++)
            {
                alpha[i] += along * direction[i];
                residual[i] -= along * image[i];
            }

            var next = Dot(residual, residual);
            var turn = next / Vector256.Max(square, tiny);
            for (var i = 0; i < n; i++)
            {
                direction[i] = residual[i] + (turn * direction[i]);
            }

            square = next;
        }

        return alpha;
    }

    // weights = scales * transpose(X) * alpha
    private void Scatter(int[] rows, float[] norms, Vector256<float>[] alpha, Vector256<float>[] scales, Vector256<float>[] weights)
    {
        Array.Clear(weights);
        for (var i = 0; i < rows.Length; i++)
        {
            var value = alpha[i] * Vector256.Create(norms[i]);
            foreach (var id in matrix.Of(rows[i]))
            {
                weights[id] += value;
            }
        }

        for (var id = 0; id < weights.Length; id++)
        {
            weights[id] *= scales[id];
        }
    }

    private static Vector256<float> Dot(Vector256<float>[] a, Vector256<float>[] b)
    {
        var (low, high) = (Vector256<double>.Zero, Vector256<double>.Zero);
        for (var i = 0; i < a.Length; i++)
        {
            var (l, h) = Vector256.Widen(a[i] * b[i]);
            (low, high) = (low + l, high + h);
        }

        return Vector256.Narrow(low, high);
    }
}
