using AlignedProbing.Torch.Generation.Pooling;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Encoding;

/// <summary>What is done with each prompt.</summary>
internal sealed record BatchEncoderOptions
{
    /// <summary>Continuations sampled for each prompt.</summary>
    public required int Samples { get; init; }

    /// <summary>New tokens of a sampled continuation at most.</summary>
    public required int MaxNewTokens { get; init; }

    /// <summary>Seed of all sampling.</summary>
    public required int Seed { get; init; }

    /// <summary>Numbers of the continuations whose states are pooled.</summary>
    public required IReadOnlyList<int> Keep { get; init; }

    /// <summary>Kinds of pooling.</summary>
    public required IReadOnlyList<PoolingKind> Pooling { get; init; }

    /// <summary>Whether output vectors are pooled as the paper's scripts do it (docs/reference/encoding.md).</summary>
    public bool Reference { get; init; }

    /// <summary>Ids that end a text.</summary>
    public required IReadOnlySet<int> EndOfText { get; init; }

    /// <summary>Edits the model while it reads and writes; null, the default: nothing does.</summary>
    public ISiteEditor? Editor { get; init; }
}
