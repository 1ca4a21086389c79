using System.Numerics;
using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Kernels;

/// <summary>What becomes of one token: its input and the state before it make the output and the state after it.</summary>
/// <param name="input">Of one token.</param>
/// <param name="state">Of its sequence.</param>
/// <param name="output">Of the token.</param>
/// <param name="first">First of the units to work on, which do not read one another.</param>
/// <param name="end">The unit after the last.</param>
internal delegate void RecurrentStep(ReadOnlySpan<float> input, Span<float> state, Span<float> output, int first, int end);

/// <summary>
/// Runs a state along the tokens of each sequence, in managed loops in CPU memory: prompts first, then their continuations, sequences and units beside one
/// another. On another device inputs and outputs are copied. A token's result depends on its own sequence alone.
/// </summary>
internal static class Recurrence
{
    /// <summary>Units a thread takes at a time.</summary>
    private const int UnitsAtATime = 64;

    /// <summary>Runs the tokens of a batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="states">The sequences' states.</param>
    /// <param name="kind">Which of them.</param>
    /// <param name="size">Numbers of a state; they begin as 0.</param>
    /// <param name="input">float32 [tokens, inputs].</param>
    /// <param name="units">Parts of a state that do not read one another.</param>
    /// <param name="outputs">Numbers that a token gives.</param>
    /// <param name="step">What becomes of a token.</param>
    /// <returns>float32 [tokens, outputs].</returns>
    public static torch.Tensor Run(
        TokenBatch batch,
        SequenceStates states,
        string kind,
        int size,
        torch.Tensor input,
        int units,
        int outputs,
        RecurrentStep step)
    {
        using var scope = torch.NewDisposeScope();
        var local = DeviceCopies.ToHost(input).contiguous();
        var inputs = (int)local.size(1);
        var result = new float[batch.Tokens * outputs];
        var all = states.Of(kind);
        var segments = batch.Segments.ToArray();
        var parts = (units + UnitsAtATime - 1) / UnitsAtATime;
        foreach (var ofTails in (bool[])[false, true])
        {
            var work = Enumerable.Range(0, segments.Length).Where(s => segments[s].Tail >= 0 == ofTails).ToArray();
            foreach (var s in work)
            {
                all[states.Slot(segments[s])] ??= all[segments[s].Prompt]?.ToArray() ?? new float[size];
            }

            ParallelRows.For(work.Length * parts, (first, end) =>
            {
                var from = TensorMemory.Span<float>(local);
                for (var task = first; task < end; task++)
                {
                    var (s, part) = (work[task / parts], task % parts);
                    var state = all[states.Slot(segments[s])]!;
                    for (var i = 0; i < segments[s].Ids.Length; i++)
                    {
                        var row = batch.FirstRows[s] + i;
                        step(
                            from.Slice(row * inputs, inputs),
                            state,
                            result.AsSpan(row * outputs, outputs),
                            part * UnitsAtATime,
                            Math.Min(units, (part + 1) * UnitsAtATime));
                    }
                }
            });
        }

        return DeviceCopies.ToDevice(result, [batch.Tokens, outputs], input.device).MoveToOuterDisposeScope();
    }

    /// <summary>A causal convolution of each channel with its own weights, and silu where it is asked for.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="states">The sequences' last inputs.</param>
    /// <param name="kind">Which of them.</param>
    /// <param name="input">float32 [tokens, channels].</param>
    /// <param name="weights">[channels * kernel], the last for the token itself.</param>
    /// <param name="bias">[channels]; null: none.</param>
    /// <param name="silu">Whether silu follows.</param>
    /// <returns>float32 [tokens, channels].</returns>
    public static torch.Tensor Convolve(
        TokenBatch batch,
        SequenceStates states,
        string kind,
        torch.Tensor input,
        float[] weights,
        float[]? bias,
        bool silu)
    {
        var channels = (int)input.size(1);
        var kernel = weights.Length / channels;
        return Run(batch, states, kind, channels * (kernel - 1), input, channels, channels, Step);

        void Step(ReadOnlySpan<float> x, Span<float> state, Span<float> y, int first, int end)
        {
            for (var channel = first; channel < end; channel++)
            {
                var past = state.Slice(channel * (kernel - 1), kernel - 1);
                var sum = (bias?[channel] ?? 0) + (weights[(channel * kernel) + kernel - 1] * x[channel]);
                for (var k = 0; k < past.Length; k++)
                {
                    sum += weights[(channel * kernel) + k] * past[k];
                    past[k] = k + 1 < past.Length ? past[k + 1] : x[channel];
                }

                y[channel] = silu ? Silu(sum) : sum;
            }
        }
    }

    /// <summary>A part of a state fades, takes something in, and is read: part = fades * part + amount * direction; the sum of part * read.</summary>
    /// <param name="part">A part of a state.</param>
    /// <param name="fades">What it is multiplied by.</param>
    /// <param name="direction">What is added, as long as the part.</param>
    /// <param name="amount">How much of it.</param>
    /// <param name="read">What it is read by, as long as the part.</param>
    public static float Pass(Span<float> part, float fades, ReadOnlySpan<float> direction, float amount, ReadOnlySpan<float> read)
    {
        var (sums, i) = (Vector<float>.Zero, 0);
        var (fade, more) = (Vector.Create(fades), Vector.Create(amount));
        for (; i + Vector<float>.Count <= part.Length; i += Vector<float>.Count)
        {
            var next = Vector.FusedMultiplyAdd(more, new Vector<float>(direction[i..]), fade * new Vector<float>(part[i..]));
            next.CopyTo(part[i..]);
            sums = Vector.FusedMultiplyAdd(next, new Vector<float>(read[i..]), sums);
        }

        var sum = Vector.Sum(sums);
        for (; i < part.Length; i++)
        {
            part[i] = (part[i] * fades) + (amount * direction[i]);
            sum += part[i] * read[i];
        }

        return sum;
    }

    /// <summary>ln(1 + exp(x)).</summary>
    public static float Softplus(float x) => x > 20 ? x : (float)Math.Log(1 + Math.Exp(x));

    /// <summary>x / (1 + exp(-x)).</summary>
    public static float Silu(float x) => x / (1 + MathF.Exp(-x));
}
