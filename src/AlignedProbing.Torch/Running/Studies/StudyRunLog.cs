using AlignedProbing.Runs;

namespace AlignedProbing.Torch.Running.Studies;

/// <summary>What the runs of a study say: each thing once, and progress under the run's name.</summary>
internal sealed class StudyRunLog(IRunLog log) : IRunLog
{
    private readonly HashSet<string> _said = new(StringComparer.Ordinal);

    /// <summary>The run that speaks; null for none.</summary>
    public string? Run { get; set; }

    /// <inheritdoc/>
    public void Report(StageProgress value) => log.Report(Run is null ? value : value with { Stage = $"{Run}: {value.Stage}" });

    /// <inheritdoc/>
    public void Say(string line)
    {
        bool isNew;
        lock (_said)
        {
            isNew = _said.Add(line);
        }

        if (isNew)
        {
            log.Say(line);
        }
    }
}
