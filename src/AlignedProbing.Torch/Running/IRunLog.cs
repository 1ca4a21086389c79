using AlignedProbing.Runs;

namespace AlignedProbing.Torch.Running;

/// <summary>Hears how far a run has come, and what it has to say.</summary>
public interface IRunLog : IProgress<StageProgress>
{
    /// <summary>Takes one line for a person to read.</summary>
    /// <param name="line">The line, without its end.</param>
    void Say(string line);
}
