
namespace AlignedProbing.Probing.Probes;

/// <summary>How the linear probe is trained. The defaults are the paper's.</summary>
public sealed record LinearProbeOptions
{
    /// <summary>Examples in a batch; the last batch of an epoch may be shorter.</summary>
    public const int BatchSize = 16;

    /// <summary>Share of the features dropped while training, in [0, 1).</summary>
    public double Dropout { get; init; } = 0.2;

    /// <summary>Adam's learning rate at the end of the warm-up.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Epochs at most; the rate falls to 0 over them.</summary>
    public int Epochs { get; init; } = 20;

    /// <summary>Epochs without a better development loss after which training stops.</summary>
    public int Patience { get; init; } = 10;

    /// <summary>Share of the steps, rounded down, over which the rate rises from 0.</summary>
    public double WarmUp { get; init; } = 0.1;
}
