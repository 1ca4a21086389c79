namespace AlignedProbing.Torch.Kernels;

/// <summary>How the experts of a mixture are chosen and weighted.</summary>
/// <param name="Chosen">Experts a token, at most their number.</param>
/// <param name="Renormalise">Whether a token's weights are divided by their sum.</param>
internal sealed record RoutingRule(int Chosen, bool Renormalise)
{
    /// <summary>Whether weights are the sigmoid of the scores; otherwise (the default) their softmax over all experts.</summary>
    public bool Sigmoid { get; init; }

    /// <summary>Added to the weights for choosing alone [experts]; null: nothing.</summary>
    public IReadOnlyList<float>? Bias { get; init; }

    /// <summary>Groups of neighbouring experts; 1 (the default): no groups.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Groups whose experts can be chosen: those with the best scores.</summary>
    public int GroupsChosen { get; init; } = 1;

    /// <summary>Whether a group's score is the sum of its two best experts'; otherwise (the default) its best one's.</summary>
    public bool GroupsByTwo { get; init; }

    /// <summary>Added to the sum that weights are divided by.</summary>
    public float Epsilon { get; init; }

    /// <summary>What weights are multiplied by in the end.</summary>
    public float Factor { get; init; } = 1;

    /// <summary>Whether the weights multiply what experts are given, not what they make.</summary>
    public bool WeighsInput { get; init; }

    /// <summary>
    /// Two experts by sparsemixer: each has its softmax among those that are within this share of the best one's score, the second one without the first.
    /// Null: not so.
    /// </summary>
    public float? SparseMixer { get; init; }

    /// <summary>Whether it is the softmax over all experts, and the best of them.</summary>
    public bool IsPlain => !Sigmoid && Bias is null && Groups == 1 && Factor == 1 && Epsilon == 0 && !WeighsInput && SparseMixer is null;
}
