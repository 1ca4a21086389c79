
namespace AlignedProbing.Scoring;

/// <summary>
/// A scorer can score no further text for now: its service refuses the key, has no quota left, or does not answer. Scoring stops here instead of failing on
/// every text that is left; what was scored is kept.
/// </summary>
/// <param name="fault">What the user is told, and what to do.</param>
public sealed class ScorerUnavailableException(InputException fault) : Exception(fault.Message, fault)
{
    /// <summary>What the user is told, and what to do.</summary>
    public InputException Fault { get; } = fault;
}
