using System.Text.Json;
using AlignedProbing.Analysis.Behavior;
using AlignedProbing.Analysis.ScorerComparisons;
using AlignedProbing.Analysis.Strength;
using AlignedProbing.Files;
using AlignedProbing.Runs;
using AlignedProbing.Statistics;

namespace AlignedProbing.Analysis;

/// <summary>
/// Joins what is stored of a run (texts, scores, probe runs) into findings: every figure with n, interval and estimator, everything missing counted. The same
/// files and options give the same findings, bit for bit. What has not been run yet is missing and said so: any stage's results can be analysed at any time.
/// </summary>
public static class AnalysisStage
{
    /// <summary>Analyses a run and writes <c>findings.json</c>.</summary>
    /// <param name="run">The run.</param>
    /// <param name="options">What is asked.</param>
    /// <param name="progress">Told the number of parts done: the texts, each scorer, each probe.</param>
    /// <param name="cancellationToken">Stops between parts; nothing is written then.</param>
    /// <exception cref="InputException">An option is out of range, a file is broken, or the run holds neither scores nor probe runs.</exception>
    public static Findings Run(RunFolder run, AnalysisOptions options, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var scorers = run.Scorers();
        var probes = run.Probes().SelectMany(probe => run.ProbeScorers(probe).Select(scorer => (Probe: probe, Scorer: scorer))).ToArray();
        var prompts = new PromptIndex(run.ReadManifest(), run.ReadPrompts());
        options = options with { Reference = options.Reference || prompts.Manifest.Encoding.ReferencePooling };
        var (done, total) = (0, scorers.Count + probes.Length + 1);
        var texts = StoredTexts.Read(run, prompts, cancellationToken);
        Advance();
        var scores = new List<StoredScores>();
        var behavior = new List<BehaviorFinding>();
        foreach (var scorer in scorers)
        {
            var stored = StoredScores.Read(run, scorer, prompts, texts, cancellationToken);
            if (stored.Attributes.Count > 0)
            {
                scores.Add(stored);
            }

            Advance();
        }

        // Who describes texts stands after those who judge them.
        scores = [.. scores.OrderBy(stored => stored.OnlyDescribes)];
        foreach (var stored in scores)
        {
            behavior.AddRange(BehaviorAnalysis.Of(stored, options));
            behavior.AddRange(TextProperties.Perplexity(stored, options));
        }

        var internals = new List<InternalsFinding>();
        var folds = new Dictionary<PeakAnalysis.Place, double[]>();
        var within = new List<WithinFinding>();
        var unprobed = new List<MissingCount>();
        var selectivity = new List<SelectivityFinding>();
        var differences = new List<StrengthDifference>();
        var leaks = new List<LeakFinding>();
        var alike = new Lazy<int[]>(() => NearDuplicates.Groups([.. prompts.Prompts.Select(prompt => prompt.Text)]));
        var draws = new PromptDraws(prompts.Count, options);
        foreach (var (probe, scorer) in probes)
        {
            var (cells, places) = InternalsAnalysis.Of(run, prompts.Manifest, probe, scorer, unprobed, folds);
            var source = new ProbeSource(run, probe, scorer, places, texts, ProbeNotes.Continuations(run, probe, scorer));
            var strength = new StrengthAnalysis(source, draws, options.Correction);
            leaks.AddRange(LeakAnalysis.Of(source, alike.Value));
            internals.AddRange(strength.Of(cells, cancellationToken));
            selectivity.AddRange(strength.Selectivity);
            differences.AddRange(strength.Differences);
            within.AddRange(WithinAnalysis.Of(source, scores.Find(stored => stored.Scorer == scorer), options));
            Advance();
        }

        if (scores.Count == 0 && internals.Count == 0)
        {
            throw new InputException(
                "nothing-to-analyse",
                $"analysing the run '{run.FullPath}'",
                "it holds neither scores nor probe runs",
                "Run 'aligned-probing score' and 'aligned-probing probe' on it first, or 'run', which does all of it");
        }

        if (texts.HasAny)
        {
            behavior.AddRange(TextProperties.Of(prompts, texts, options));
        }

        var caveats = WarningSentences.Of(
            options,
            prompts,
            texts,
            scores,
            behavior,
            internals,
            unprobed,
            probes.SelectMany(pair => ProbeNotes.Of(run, prompts.Manifest, pair.Probe, pair.Scorer)).Concat(ProbeNotes.Of(leaks)));
        var findings = new Findings
        {
            Manifest = prompts.Manifest,
            Behavior = behavior,
            Internals = internals,
            Peaks = PeakAnalysis.Of(internals, folds),
            Selectivity = selectivity,
            Differences = differences,
            Within = within,
            Leaks = leaks,
            Missing = MissingCounts.Of(prompts, texts, scores, internals, unprobed),
            Warnings = [.. caveats.Select(caveat => caveat.Text)],
            Caveats = caveats,
            KCurves = [.. scores.SelectMany(stored => KCurves.Of(stored, options))],
            ScorerComparisons = scores.Count > 1 ? ScorerComparison.OfRun(run, null, options, cancellationToken) : [],
            Scorers = [.. scores.Select(stored => stored.Describe())],
            Analysis = new AnalysisSettings(
                options.Resamples,
                options.Seed,
                typeof(AnalysisStage).Assembly.GetName().Version!.ToString(3),
                options.UseIncomplete,
                options.Reference,
                options.Correction),
            Examples = [.. scores.SelectMany(stored => stored.Examples(options.Examples))],
            Estimators = EstimatorTexts.Of(behavior, internals, selectivity, differences, within, options),
        };
        AtomicWrite.File(run.FindingsPath, stream => JsonSerializer.Serialize(stream, findings, RecordJson.File));
        return findings;

        void Advance()
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Report(new StageProgress("analyse", ++done, total, "parts"));
        }
    }
}
