using AlignedProbing.Runs;
using AlignedProbing.Runs.Studies;

namespace AlignedProbing.Analysis.Studies;

/// <summary>The table of a study's runs.</summary>
internal static class StudyRuns
{
    private static readonly string[] Metrics = ["EMT", "TP", "TC", "mean"];

    /// <summary>Every run, with its figures by the study's scorer and probe.</summary>
    public static IReadOnlyList<StudyRun> Of(IReadOnlyList<StudySource> sources, StudyMatch match) =>
    [
        .. sources.Select(source => new StudyRun
        {
            Name = source.Member.Name,
            Run = source.Member.Run,
            State = source.Status.State,
            Together = match.Runs.Contains(source),
            Family = source.Member.Family,
            Kind = source.Member.Kind,
            Model = source.Findings?.Manifest.Model.Name ?? source.Member.Model,
            Step = source.Member.Step,
            Settings = source.Member.Settings,
            Blocks = source.Findings?.Manifest.Model.Layers - 1,
            Prompts = source.Findings?.Manifest.Prompts.Prompts,
            Behavior = Behavior(source, match.Scorer),
            Peaks = [.. (source.Findings?.Peaks ?? []).Where(peak => peak.Probe == match.Probe && peak.Scorer == match.Scorer)],
        }),
    ];

    /// <summary>A run's behaviour over all prompts, by one scorer.</summary>
    public static IReadOnlyList<BehaviorFinding> Behavior(StudySource source, string? scorer) =>
        [.. (source.Findings?.Behavior ?? []).Where(row => row.Scorer == scorer && row.Subset == "all" && Metrics.Contains(row.Metric))];
}
