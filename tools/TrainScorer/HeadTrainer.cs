using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using AlignedProbing.Numerics;
using AlignedProbing.Scoring.Ngram;

namespace AlignedProbing.Tools.TrainScorer;

/// <summary>What the second stage's training depends on.</summary>
internal sealed record HeadOptions
{
    /// <summary>Networks trained and averaged.</summary>
    public int Members { get; init; } = 4;

    /// <summary>Passes over the texts.</summary>
    public int Epochs { get; init; } = 40;

    /// <summary>Texts a step.</summary>
    public int Batch { get; init; } = 32;

    /// <summary>Adam's learning rate at the start; it falls to 0 along a cosine.</summary>
    public float Rate { get; init; } = 4e-3f;

    /// <summary>Weight decay, apart from the gradient, as a share of the learning rate.</summary>
    public float Decay { get; init; } = 0.05f;

    /// <summary>Standard deviation of the noise added to the standardised inputs.</summary>
    public float Noise { get; init; } = 0.05f;

    /// <summary>The seed.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>Trains the networks of the second stage: cross-entropy with the scores as probabilities, Adam, starting from the first stage's answer.</summary>
internal sealed class HeadTrainer(HeadOptions options)
{
    private const int Inputs = NgramHead.Inputs;
    private const int Hidden = NgramHead.Hidden;
    private const int Lanes = NgramTable.Lanes;
    private const int Size = NgramHead.MemberSize;
    private const int OutputAt = (Inputs + 1) * Hidden;
    private const int LinearAt = OutputAt + ((Hidden + 1) * Lanes);

    /// <summary>Trains on texts.</summary>
    /// <param name="inputs"><c>[text, input]</c>, as <see cref="NgramModel.Describe"/> gives them, of first stages that have not seen the text.</param>
    /// <param name="scores"><c>[text, lane]</c>; NaN where there is none.</param>
    public NgramHead Fit(ReadOnlySpan<float> inputs, ReadOnlySpan<float> scores)
    {
        var count = inputs.Length / Inputs;
        var (mean, deviation) = Moments(inputs, count);
        var standard = new float[inputs.Length];
        for (var i = 0; i < inputs.Length; i++)
        {
            standard[i] = (inputs[i] - mean[i % Inputs]) / deviation[i % Inputs];
        }

        var numbers = new float[options.Members * Size];
        for (var member = 0; member < options.Members; member++)
        {
            var network = Start((ulong)((options.Seed * 1000) + member), mean, deviation);
            Train(network, standard, scores, count, (ulong)((options.Seed * 1000) + member));
            Unstandardise(network, mean, deviation);
            network.CopyTo(numbers, member * Size);
        }

        return new NgramHead(numbers);
    }

    private static (float[] Mean, float[] Deviation) Moments(ReadOnlySpan<float> inputs, int count)
    {
        var (mean, deviation) = (new float[Inputs], new float[Inputs]);
        for (var input = 0; input < Inputs; input++)
        {
            var (sum, square) = (0.0, 0.0);
            for (var i = 0; i < count; i++)
            {
                var value = inputs[(i * Inputs) + input];
                sum += value;
                square += (double)value * value;
            }

            mean[input] = (float)(sum / count);
            deviation[input] = (float)Math.Sqrt(Math.Max(1e-12, (square / count) - (sum / count * (sum / count))));
        }

        return (mean, deviation);
    }

    // The linear path starts as the identity on the first stage's log-odds, the hidden units add nothing yet.
    private static float[] Start(ulong key, float[] mean, float[] deviation)
    {
        var network = new float[Size];
        for (var i = 0; i < Inputs * Hidden; i++)
        {
            var (a, b, c, d) = Philox.Block(key, (ulong)i, 1);
            // The sum of four uniform numbers is near enough to normal; its variance is 1/3.
            var sum = Philox.ToSingle(a) + Philox.ToSingle(b) + Philox.ToSingle(c) + Philox.ToSingle(d) - 2;
            network[i] = sum * MathF.Sqrt(3f / Inputs);
        }

        for (var lane = 0; lane < Lanes; lane++)
        {
            network[LinearAt + (lane * Lanes) + lane] = deviation[lane];
            network[OutputAt + (Hidden * Lanes) + lane] = mean[lane];
        }

        return network;
    }

    private void Train(float[] network, float[] inputs, ReadOnlySpan<float> scores, int count, ulong key)
    {
        var (gradient, first, second, order) = (new float[Size], new float[Size], new float[Size], new int[count]);
        var noisy = new float[Inputs];
        var stepsInAll = options.Epochs * ((count + options.Batch - 1) / options.Batch);
        var step = 0;
        for (var epoch = 0; epoch < options.Epochs; epoch++)
        {
            Shuffle(order, key, (ulong)epoch + 2);
            for (var from = 0; from < count; from += options.Batch)
            {
                Array.Clear(gradient);
                var to = Math.Min(count, from + options.Batch);
                for (var k = from; k < to; k++)
                {
                    var text = order[k];
                    AddNoise(inputs.AsSpan(text * Inputs, Inputs), noisy, key, ((ulong)epoch << 32) + (ulong)text);
                    Backward(network, noisy, scores.Slice(text * Lanes, Lanes), gradient);
                }

                step++;
                Adam(network, gradient, first, second, step, options.Rate * 0.5f * (1 + MathF.Cos(MathF.PI * step / stepsInAll)), 1f / (to - from));
            }
        }
    }

    private static void Shuffle(int[] order, ulong key, ulong epoch)
    {
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        for (var i = order.Length - 1; i > 0; i--)
        {
            var (a, b, _, _) = Philox.Block(key, (ulong)i, epoch);
            var j = (int)(Philox.ToDouble(a, b) * (i + 1));
            (order[i], order[j]) = (order[j], order[i]);
        }
    }

    private void AddNoise(ReadOnlySpan<float> inputs, float[] noisy, ulong key, ulong draw)
    {
        for (var i = 0; i < Inputs; i += 4)
        {
            var (a, b, c, d) = Philox.Block(key, draw, (ulong)i + 1_000_000);
            noisy[i] = inputs[i] + (options.Noise * Spread(a));
            noisy[i + 1] = inputs[i + 1] + (options.Noise * Spread(b));
            noisy[i + 2] = inputs[i + 2] + (options.Noise * Spread(c));
            noisy[i + 3] = inputs[i + 3] + (options.Noise * Spread(d));
        }

        // Uniform, with variance 1.
        static float Spread(uint bits) => (Philox.ToSingle(bits) - 0.5f) * 3.4641016f;
    }

    private static void Backward(float[] network, float[] inputs, ReadOnlySpan<float> scores, float[] gradient)
    {
        var numbers = MemoryMarshal.Cast<float, Vector256<float>>(network.AsSpan());
        var changes = MemoryMarshal.Cast<float, Vector256<float>>(gradient.AsSpan());
        const int Width = Hidden / Lanes;
        const int Output = OutputAt / Lanes;
        const int Linear = LinearAt / Lanes;
        Span<Vector256<float>> hidden = stackalloc Vector256<float>[Width];
        numbers.Slice(Inputs * Width, Width).CopyTo(hidden);
        var output = numbers[Output + Hidden];
        for (var i = 0; i < Inputs; i++)
        {
            var input = Vector256.Create(inputs[i]);
            output += input * numbers[Linear + i];
            for (var h = 0; h < Width; h++)
            {
                hidden[h] += input * numbers[(i * Width) + h];
            }
        }

        for (var h = 0; h < Hidden; h++)
        {
            output += Vector256.Create(Math.Max(0, hidden[h / Lanes][h % Lanes])) * numbers[Output + h];
        }

        var truth = Vector256.Create(scores);
        var known = Vector256.Equals(truth, truth);
        var error = Vector256.ConditionalSelect(known, Logistic.Of(output) - truth, Vector256<float>.Zero);
        changes[Output + Hidden] += error;
        for (var h = 0; h < Hidden; h++)
        {
            var value = hidden[h / Lanes][h % Lanes];
            changes[Output + h] += Vector256.Create(Math.Max(0, value)) * error;
            hidden[h / Lanes] = hidden[h / Lanes].WithElement(h % Lanes, value > 0 ? Vector256.Sum(error * numbers[Output + h]) : 0);
        }

        for (var h = 0; h < Width; h++)
        {
            changes[(Inputs * Width) + h] += hidden[h];
        }

        for (var i = 0; i < Inputs; i++)
        {
            var input = Vector256.Create(inputs[i]);
            changes[Linear + i] += input * error;
            for (var h = 0; h < Width; h++)
            {
                changes[(i * Width) + h] += input * hidden[h];
            }
        }
    }

    private void Adam(float[] network, float[] gradient, float[] first, float[] second, int step, float rate, float share)
    {
        var (correct1, correct2) = (1 - MathF.Pow(0.9f, step), 1 - MathF.Pow(0.999f, step));
        for (var i = 0; i < Size; i++)
        {
            var g = gradient[i] * share;
            first[i] = (0.9f * first[i]) + (0.1f * g);
            second[i] = (0.999f * second[i]) + (0.001f * g * g);
            var decay = i < LinearAt ? options.Decay * network[i] : 0;
            network[i] -= rate * ((first[i] / correct1 / (MathF.Sqrt(second[i] / correct2) + 1e-8f)) + decay);
        }
    }

    // The scorer's inputs are not standardised: mean and deviation go into the weights.
    private static void Unstandardise(float[] network, float[] mean, float[] deviation)
    {
        for (var i = 0; i < Inputs; i++)
        {
            for (var h = 0; h < Hidden; h++)
            {
                network[(i * Hidden) + h] /= deviation[i];
                network[(Inputs * Hidden) + h] -= network[(i * Hidden) + h] * mean[i];
            }

            for (var lane = 0; lane < Lanes; lane++)
            {
                network[LinearAt + (i * Lanes) + lane] /= deviation[i];
                network[OutputAt + (Hidden * Lanes) + lane] -= network[LinearAt + (i * Lanes) + lane] * mean[i];
            }
        }
    }
}
