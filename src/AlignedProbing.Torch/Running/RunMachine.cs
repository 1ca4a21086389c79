using AlignedProbing.Runs;

namespace AlignedProbing.Torch.Running;

/// <summary>What a run touches of the machine: folder, environment, and who hears of it.</summary>
public sealed record RunMachine
{
    /// <summary>The folder that relative paths start from; the process's own unless stated.</summary>
    public string WorkingFolder { get; init; } = Directory.GetCurrentDirectory();

    /// <summary>Variables of the environment; the process's own unless stated.</summary>
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>Hears of progress; nobody unless stated.</summary>
    public IRunLog Log { get; init; } = new Silence();

    /// <summary>Ends a run before its next unit, once that in work is finished; never unless stated.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>What several runs share; null for a run on its own.</summary>
    internal SharedWork? Shared { get; init; }

    private sealed class Silence : IRunLog
    {
        public void Report(StageProgress value)
        {
        }

        public void Say(string line)
        {
        }
    }
}
