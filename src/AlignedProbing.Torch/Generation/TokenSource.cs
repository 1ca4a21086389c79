using AlignedProbing.Numerics;
using AlignedProbing.Torch.Generation.Sampling;

namespace AlignedProbing.Torch.Generation;

/// <summary>
/// Where the tokens that follow a prompt come from: they are given, or drawn as the engine's sampler draws (at temperature 0: the most probable).
/// </summary>
internal readonly struct TokenSource
{
    private readonly RandomStream? _stream;

    private TokenSource(IReadOnlyList<int>? given, RandomStream? stream) => (Ids, _stream) = (given, stream);

    /// <summary>The most probable tokens; the engine's sampler must be <see cref="TokenSamplerOptions.MostProbable"/>.</summary>
    public static TokenSource Greedy => default;

    /// <summary>The ids that are given; null: they are drawn.</summary>
    public IReadOnlyList<int>? Ids { get; }

    /// <summary>Tokens that are there already: they are read, and their log-probabilities can be asked for.</summary>
    public static TokenSource Given(IReadOnlyList<int> ids) => new(ids, null);

    /// <summary>Tokens drawn with a stream's numbers, one a token.</summary>
    public static TokenSource Sampled(RandomStream stream) => new(null, stream);

    /// <summary>What is asked of the logits that a token follows.</summary>
    /// <param name="token">The token's number, from 0.</param>
    public LogitQuestion Ask(int token) => Ids is { } ids ? new LogitQuestion(0, ids[token]) : new LogitQuestion(_stream?.Uniform(token) ?? 0);
}
