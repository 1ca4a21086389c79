namespace AlignedProbing.Torch.Kernels;

/// <summary>
/// What blocks that do not attend keep of tokens read so far, in CPU memory: one state a sequence. A prompt's continuations begin with a copy of its state, as
/// they read its keys.
/// </summary>
internal sealed class SequenceStates(int prompts, int tails)
{
    private readonly Dictionary<string, float[]?[]> _states = [];

    /// <summary>The place of tail 0; prompts come first.</summary>
    public int FirstTail => prompts;

    /// <summary>The states of a kind, of all prompts and then of all tails; null where a sequence has not begun.</summary>
    /// <param name="kind">A block's own name.</param>
    public float[]?[] Of(string kind)
    {
        if (!_states.TryGetValue(kind, out var states))
        {
            _states.Add(kind, states = new float[]?[prompts + tails]);
        }

        return states;
    }

    /// <summary>The place of a sequence among them.</summary>
    /// <param name="segment">A segment of the sequence.</param>
    public int Slot(in TokenSegment segment) => segment.Tail < 0 ? segment.Prompt : prompts + segment.Tail;
}
