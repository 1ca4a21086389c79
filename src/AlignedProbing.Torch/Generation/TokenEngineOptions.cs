using AlignedProbing.Torch.Generation.Sampling;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Generation;

/// <summary>How an engine draws and reads.</summary>
internal sealed record TokenEngineOptions
{
    /// <summary>Draws tokens; by default the most probable one.</summary>
    public TokenSampler Sampler { get; init; } = new(TokenSamplerOptions.MostProbable);

    /// <summary>Ids that end a text that is drawn; none by default.</summary>
    public IReadOnlySet<int> EndOfText { get; init; } = new HashSet<int>();

    /// <summary>Reads and replaces values at the model's sites in every pass; null, the default: none.</summary>
    public ISiteEditor? Editor { get; init; }

    /// <summary>Adds up where the time goes; null, the default: not asked.</summary>
    public IForwardClock? Clock { get; init; }

    /// <summary>
    /// The length that rotary positions take that depend on it, at the first token drawn, one more at each that follows; null, the default: each text's own.
    /// </summary>
    public int? RotaryLength { get; init; }
}
