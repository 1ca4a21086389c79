namespace AlignedProbing.Torch.Kernels;

/// <summary>
/// Mamba 2's state along a sequence: each channel of a head has a state that fades as the head's step asks, takes what comes in, and is read. Source: Dao and
/// Gu 2024.
/// </summary>
/// <param name="heads">Number of heads.</param>
/// <param name="size">Channels of a head.</param>
/// <param name="groups">Groups of heads, each with its own way into the states and out of them.</param>
/// <param name="states">Numbers of a channel's state.</param>
internal sealed class SelectiveScan(int heads, int size, int groups, int states)
{
    /// <summary>Added to each head's step before its softplus [heads].</summary>
    public required float[] StepBias { get; init; }

    /// <summary>How fast each head's states fade, below 0 [heads].</summary>
    public required float[] Fading { get; init; }

    /// <summary>How much of what comes in passes by the state [heads].</summary>
    public required float[] Passing { get; init; }

    /// <summary>The least step.</summary>
    public float Least { get; init; }

    /// <summary>The largest step.</summary>
    public float Most { get; init; } = float.PositiveInfinity;

    /// <summary>Whether what is read is multiplied by silu of the gate here; otherwise that is left to the block.</summary>
    public bool Gated { get; init; } = true;

    /// <summary>One token: channels, ways in of each group, ways out, then a gate of each channel, then a step of each head.</summary>
    public void Step(ReadOnlySpan<float> input, Span<float> state, Span<float> output, int first, int end)
    {
        var width = heads * size;
        var gates = input[(width + (2 * groups * states))..];
        for (var head = first; head < end; head++)
        {
            var group = head / (heads / groups);
            var b = input.Slice(width + (group * states), states);
            var c = input.Slice(width + ((groups + group) * states), states);
            var step = MathF.Min(MathF.Max(Recurrence.Softplus(gates[width + head] + StepBias[head]), Least), Most);
            var fades = MathF.Exp(step * Fading[head]);
            for (var channel = head * size; channel < (head + 1) * size; channel++)
            {
                var x = input[channel];
                var sum = Recurrence.Pass(state.Slice(channel * states, states), fades, b, step * x, c);
                output[channel] = (sum + (Passing[head] * x)) * (Gated ? Recurrence.Silu(gates[channel]) : 1);
            }
        }
    }
}
