
namespace AlignedProbing.Benchmarks;

/// <summary>What a round took, and what it made of the prompts.</summary>
/// <param name="Tokens">Tokens generated.</param>
/// <param name="Seconds">By the clock.</param>
/// <param name="Processor">Seconds of processor time, all cores.</param>
/// <param name="Inputs">Means of the prompts' states [layers, prompts, width].</param>
internal sealed record PeerRound(int Tokens, double Seconds, double Processor, float[] Inputs)
{
    /// <summary>Tokens a second.</summary>
    public double Speed => Tokens / Seconds;

    /// <summary>Tokens a second of processor time.</summary>
    public double SpeedOfCore => Tokens / Processor;
}
