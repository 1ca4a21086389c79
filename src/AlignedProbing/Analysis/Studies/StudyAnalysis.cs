using System.Text.Json;
using AlignedProbing.Files;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Studies;

namespace AlignedProbing.Analysis.Studies;

/// <summary>
/// What the runs of a study say together (docs/guide/studies.md). Runs that cannot stand beside the others are told by name, and the rest is analysed.
/// </summary>
public static class StudyAnalysis
{
    /// <summary>Analyses a study, and keeps what was found in its <c>findings.json</c>.</summary>
    /// <param name="study">The study's folder.</param>
    /// <param name="options">What is asked.</param>
    /// <param name="progress">Told the number of parts done.</param>
    /// <param name="cancellationToken">Stops between parts.</param>
    /// <exception cref="InputException">There is no study, or a file of a complete run is broken.</exception>
    public static StudyFindings Run(StudyFolder study, StudyOptions options, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        var findings = Of(study, options, progress, cancellationToken);
        AtomicWrite.File(study.FindingsPath, stream => JsonSerializer.Serialize(stream, findings, RecordJson.File));
        return findings;
    }

    /// <summary>Analyses a study; writes nothing.</summary>
    /// <param name="study">The study's folder.</param>
    /// <param name="options">What is asked.</param>
    /// <param name="progress">Told the number of parts done.</param>
    /// <param name="cancellationToken">Stops between parts.</param>
    /// <exception cref="InputException">There is no study, or a file of a complete run is broken.</exception>
    public static StudyFindings Of(StudyFolder study, StudyOptions options, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(study);
        ArgumentNullException.ThrowIfNull(options);
        var (manifest, failures, leftOut) = (study.ReadManifest(), study.ReadFailures(), new List<LeftOut>());
        var sources = new List<StudySource>();
        foreach (var member in manifest.Members)
        {
            cancellationToken.ThrowIfCancellationRequested();
            sources.Add(StudySource.Read(study, member, failures.GetValueOrDefault(member.Name)));
            progress?.Report(new StageProgress("read", sources.Count, manifest.Members.Count, "runs"));
        }

        var match = StudyMatch.Of(sources, options, leftOut);
        var curves = StudyCurves.Of(match, leftOut);
        string[] attributes =
        [
            .. match.Runs.SelectMany(source => StudyRuns.Behavior(source, match.Scorer)).Select(row => row.Attribute)
                .Distinct(StringComparer.Ordinal).Where(attribute => !TextProperty.Is(attribute)).ByAttribute(attribute => attribute),
        ];
        var interplay = StudyInterplay.Of(match, curves, options, cancellationToken);
        var contrasts = StudyContrasts.Of(match, attributes.FirstOrDefault(), options, leftOut, progress, cancellationToken);
        var first = match.Runs.Select(source => source.Findings!.Manifest).FirstOrDefault();
        return new StudyFindings
        {
            Name = manifest.Name,
            Scorer = match.Scorer,
            Probe = match.Probe,
            Prompts = first?.Prompts.Name,
            PromptCount = first?.Prompts.Prompts ?? 0,
            Demo = match.Runs.Any(source => source.Findings!.Manifest is { Demo: true } or { Prompts.Demo: true }),
            Runs = StudyRuns.Of(sources, match),
            Attributes = attributes,
            Curves = curves,
            Bands = StudyCurves.Bands(curves, match, options),
            Interplay = interplay,
            Contrasts = contrasts,
            ContrastMeans = StudyContrasts.Means(contrasts, options),
            Within = StudyWithinRuns.Of(match, options, progress, cancellationToken),
            LeftOut = leftOut,
            Warnings = [.. Warnings(match, interplay)],
            Analysis = new AnalysisSettings(options.Resamples, options.Seed, typeof(StudyAnalysis).Assembly.GetName().Version!.ToString(3)),
        };
    }

    private static IEnumerable<string> Warnings(StudyMatch match, InterplayFindings? interplay)
    {
        if (match.Runs.Count == 0)
        {
            yield return "No run is complete: there is nothing to say yet.";
        }

        foreach (var warning in interplay?.Warnings ?? [])
        {
            yield return warning;
        }

        if (interplay is null && match.Runs.Count > 0)
        {
            yield return $"{match.Runs.Count} {(match.Runs.Count == 1 ? "run" : "runs")} with strengths: nothing can be said of how strength and " +
                "behaviour go together.";
        }

        var weights = match.Runs.Select(source => source.Findings!.Manifest.Model).Select(model => $"{model.Name} {model.Commit} " +
            $"{model.Adapter?.Name}").Distinct().Count();
        if (weights > 0 && weights < match.Runs.Count)
        {
            yield return
                $"The {match.Runs.Count} runs are of {weights} {(weights == 1 ? "model" : "models")}: runs that differ in template, precision or seed " +
                "alone are no " +
                "further models, and intervals over runs take them for such.";
        }
    }
}
