using System.Numerics;

namespace AlignedProbing.Torch.Kernels;

/// <summary>
/// The state of a gated delta net along a sequence: each value head has a state [key, value] that fades, and that a token corrects where it remembers the
/// token's key otherwise. Sources: Yang et al. 2025; with a fading of each key channel, Kimi Team 2025.
/// </summary>
/// <param name="keyHeads">Heads of queries and keys.</param>
/// <param name="valueHeads">Heads of values, a multiple of the key heads.</param>
/// <param name="keySize">Elements of a key.</param>
/// <param name="valueSize">Elements of a value.</param>
internal sealed class DeltaRule(int keyHeads, int valueHeads, int keySize, int valueSize)
{
    // transformers has this number in its code, not in configurations.
    private const float Epsilon = 1e-6f;

    /// <summary>Added to what a token says of fading, before its softplus: [value heads], or of each key channel [value heads * key size].</summary>
    public required float[] StepBias { get; init; }

    /// <summary>How fast each head's state fades, below 0 [value heads].</summary>
    public required float[] Fading { get; init; }

    /// <summary>Whether each key channel fades on its own.</summary>
    public bool ByChannel { get; init; }

    /// <summary>How much a token corrects at most: 1, or 2 where the state may turn over.</summary>
    public float Most { get; init; } = 1;

    /// <summary>Numbers of a state.</summary>
    public int Size => valueHeads * keySize * valueSize;

    /// <summary>Numbers that a token gives.</summary>
    public int Outputs => valueHeads * valueSize;

    /// <summary>One token: queries, keys, values, how much each head corrects [value heads], how fast it fades [value heads, or by channel].</summary>
    public void Step(ReadOnlySpan<float> input, Span<float> state, Span<float> output, int first, int end)
    {
        var keyWidth = keyHeads * keySize;
        var corrections = input[((2 * keyWidth) + (valueHeads * valueSize))..];
        var steps = corrections[valueHeads..];
        Span<float> query = new float[keySize], key = new float[keySize], fades = new float[keySize];
        for (var head = first; head < end; head++)
        {
            var keyHead = head / (valueHeads / keyHeads);
            Unit(input.Slice(keyHead * keySize, keySize), query, 1 / MathF.Sqrt(keySize));
            Unit(input.Slice(keyWidth + (keyHead * keySize), keySize), key, 1);
            var value = input.Slice((2 * keyWidth) + (head * valueSize), valueSize);
            var corrects = Most / (1 + MathF.Exp(-corrections[head]));
            for (var i = 0; ByChannel && i < keySize; i++)
            {
                fades[i] = Fades(head, (head * keySize) + i, steps);
            }

            var all = ByChannel ? 1 : Fades(head, head, steps);
            for (var j = 0; j < valueSize; j++)
            {
                // A column of the state: what it remembers of each element of keys.
                var column = state.Slice(((head * valueSize) + j) * keySize, keySize);
                if (ByChannel)
                {
                    Fade(column, fades);
                }

                var remembered = Recurrence.Pass(column, all, key, 0, key);
                output[(head * valueSize) + j] = Recurrence.Pass(column, 1, key, (value[j] - remembered) * corrects, query);
            }
        }
    }

    private float Fades(int head, int step, ReadOnlySpan<float> steps) => MathF.Exp(Fading[head] * Recurrence.Softplus(steps[step] + StepBias[step]));

    private static void Fade(Span<float> column, ReadOnlySpan<float> fades)
    {
        var i = 0;
        for (; i + Vector<float>.Count <= column.Length; i += Vector<float>.Count)
        {
            (new Vector<float>(column[i..]) * new Vector<float>(fades[i..])).CopyTo(column[i..]);
        }

        for (; i < column.Length; i++)
        {
            column[i] *= fades[i];
        }
    }

    private static void Unit(ReadOnlySpan<float> x, Span<float> unit, float scale)
    {
        var squares = 0f;
        foreach (var element in x)
        {
            squares += element * element;
        }

        var factor = scale / MathF.Sqrt(squares + Epsilon);
        for (var i = 0; i < x.Length; i++)
        {
            unit[i] = x[i] * factor;
        }
    }
}
