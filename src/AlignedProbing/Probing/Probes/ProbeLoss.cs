
namespace AlignedProbing.Probing.Probes;

/// <summary>What a network probe minimises, and so what it tells.</summary>
public enum ProbeLoss
{
    /// <summary>A number: SmoothL1, beta 1.</summary>
    SmoothL1,

    /// <summary>Two classes: one unit with a sigmoid, cross-entropy.</summary>
    Logistic,

    /// <summary>Several classes: a unit each with a softmax, cross-entropy.</summary>
    Softmax,
}
