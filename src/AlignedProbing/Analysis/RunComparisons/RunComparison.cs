using AlignedProbing.Runs;

namespace AlignedProbing.Analysis.RunComparisons;

/// <summary>
/// Compares finished runs: how they were made, how their models behave and what their layers encode, each difference from the baseline paired by prompt id
/// (docs/guide/compare-runs.md). Only what is alike is compared; what is not is left out and named. For studies of models, precisions, adapters, templates,
/// revisions and interventions on the same prompts.
/// </summary>
public static class RunComparison
{
    /// <summary>Compares two or more runs.</summary>
    /// <param name="folders">The runs; the first is the baseline.</param>
    /// <param name="options">What is asked.</param>
    /// <param name="progress">Told the number of parts done: each run read, each scorer, each probe.</param>
    /// <param name="cancellationToken">Stops between parts.</param>
    /// <exception cref="InputException"> An option is out of range, a run is named twice, a file is broken, the runs share no prompt, no scorer, or unlike ones
    /// only. </exception>
    public static ComparisonFindings Of(
        IReadOnlyList<RunFolder> folders,
        ComparisonOptions options,
        IProgress<StageProgress>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(folders);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate(folders);
        var names = options.Names ?? ComparedNames.Of([.. folders.Select(folder => folder.FullPath)]);
        var runs = new List<ComparedSource>();
        foreach (var (folder, name) in folders.Zip(names))
        {
            cancellationToken.ThrowIfCancellationRequested();
            runs.Add(new ComparedSource(folder, name, cancellationToken));
            progress?.Report(new StageProgress("read", runs.Count, folders.Count, "runs"));
        }

        return Of(runs, options, progress, cancellationToken);
    }

    /// <summary>Compares runs that are read already; the first is the baseline.</summary>
    internal static ComparisonFindings Of(
        IReadOnlyList<ComparedSource> runs, ComparisonOptions options, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        string[] names = [.. runs.Select(run => run.Name)];
        var common = new CommonPrompts(runs);
        if (common.Count == 0)
        {
            throw new InputException(
                "nothing-to-compare",
                $"comparing {string.Join(", ", names)}",
                common.OtherTexts > 0 ? "prompts of the same id have different texts in them" : "they have no prompt in common",
                "Compare runs of the same prompt set: prompts are paired by id");
        }

        var leftOut = new List<LeftOut>();
        var scorers = ScorerMatch.Of(runs, common, options, leftOut);
        var facts = MadeFacts.Of(runs);
        var (behavior, strength) = (new BehaviorComparison(runs, common, options), new StrengthComparison(runs, common, options));
        (string Probe, ScorerMatch Scorer)[] probes = [.. scorers.SelectMany(scorer => strength.Probes(scorer, leftOut).Select(probe => (probe, scorer)))];
        var (done, parts) = (0, scorers.Count + probes.Length);
        foreach (var scorer in scorers)
        {
            behavior.Add(scorer, leftOut, cancellationToken);
            progress?.Report(new StageProgress("compare", ++done, parts, "parts"));
        }

        foreach (var (probe, scorer) in probes)
        {
            strength.Add(probe, scorer, leftOut, cancellationToken);
            progress?.Report(new StageProgress("compare", ++done, parts, "parts"));
        }

        var texts = new TextComparison(runs, common, options);
        texts.Add(behavior.KDiffers, leftOut);
        foreach (var scorer in scorers)
        {
            texts.AddReader(scorer, cancellationToken);
        }

        RunFigure[] figures = [.. behavior.Figures, .. texts.Figures, .. strength.Figures];
        var differences = ComparisonFamilies.Corrected([.. behavior.Differences, .. texts.Differences, .. strength.Differences]);
        return new ComparisonFindings
        {
            Runs =
            [
                .. runs.Select(
                    (run, place) =>
                        new ComparedRun(
                            run.Name,
                            run.Manifest.Model.Name,
                            run.Manifest.Model.Layers,
                            run.Index.Count,
                            run.Index.K,
                            MadeFacts.Changed(facts, place))),
            ],
            CommonPrompts = common.Count,
            OtherTexts = common.OtherTexts,
            AcrossScorers = scorers.Any(scorer => scorer.IsAcross),
            Facts = facts,
            Figures = figures,
            Differences = differences,
            Relations = RelationAnalysis.Of(names, figures, options),
            LeftOut = leftOut,
            Warnings = ComparisonWarnings.Of(runs, common, scorers, behavior, strength, facts, cancellationToken),
            Estimators = ComparisonEstimators.Of(differences, options),
            Analysis = new AnalysisSettings(options.Resamples, options.Seed, typeof(RunComparison).Assembly.GetName().Version!.ToString(3)),
        };
    }
}
