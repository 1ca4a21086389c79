using AlignedProbing.Analysis;
using AlignedProbing.Files;
using AlignedProbing.Probing;
using AlignedProbing.Reports;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Tracking;
using AlignedProbing.Runs.Units;
using AlignedProbing.Scoring;
using AlignedProbing.Scoring.Recorded;
using AlignedProbing.Torch.Encoding;

namespace AlignedProbing.Torch.Running;

/// <summary>Calls the stages one after the other. They know nothing of each other: what passes between them lies in the run folder.</summary>
internal sealed class Stages(RunMachine machine, UnitControl control, CancellationToken cancellationToken)
{
    /// <summary>Runs the model over the chunks that are not there yet. The model is loaded only where there is something to do.</summary>
    public StageResult Encode(StartedRun started)
    {
        var (run, request) = (started.Run, started.Plan.Request);
        var chunks = Enumerable.Range(0, ChunkCount(run)).Where(request.Shard.Holds).ToArray();
        var there = chunks.Count(run.HasEncoding);
        TellShare(request.Shard, ChunkCount(run), "chunks");
        return there == chunks.Length
            ? new StageResult(0, there, [])
            : EncodingStage.Run(run, started.LoadInputs(), OptionsOf(request), machine.Log, cancellationToken);
    }

    /// <summary>Encodes again for each control task that does.</summary>
    public StageResult EncodeControls(StartedRun started, IEnumerable<string> controls)
    {
        var (run, request, results) = (started.Run, started.Plan.Request, new List<StageResult>());
        foreach (var control in controls.Intersect(ControlEncoding.Names))
        {
            var encoding = new ControlEncoding(control, request.ControlSeed);
            var target = run.WithEncodingsOf(control);
            EncodingPlace.Settle(target, machine, alone: false);
            var chunks = Enumerable.Range(0, ChunkCount(run)).Where(request.Shard.Holds).ToArray();
            if (chunks.All(target.HasEncoding))
            {
                // Still an error where it was made with another seed.
                RunFolder.StartOrResumeStage(target.EncodingsFolder, encoding);
                results.Add(new StageResult(0, chunks.Length, []));
                continue;
            }

            machine.Log.Say($"encoding again for the control task {control}, seed {request.ControlSeed}");
            var inputs = started.LoadInputs(control == ControlEncoding.RandomWeights ? request.ControlSeed : null);
            results.Add(EncodingStage.RunControl(run, encoding, inputs, OptionsOf(request), machine.Log, cancellationToken));
        }

        return Together(results);
    }

    /// <summary>Scores prompts and continuations with every scorer named.</summary>
    public async Task<StageResult> ScoreAsync(RunFolder run, IReadOnlyList<string> scorers, Shard shard)
    {
        var results = new List<StageResult>();
        TellShare(shard, ChunkCount(run), "chunks");
        foreach (var name in scorers)
        {
            if (name == GivenScores.Name)
            {
                results.Add(GivenScores.Run(run, new ScoringOptions { Shard = shard, Control = control }, machine.Log, cancellationToken));
                continue;
            }

            if (name == PropertyScores.Name)
            {
                results.Add(PropertyScores.Run(run, new ScoringOptions { Shard = shard, Control = control }, machine.Log, cancellationToken));
                continue;
            }

            var scorer = await ScorerSource.OpenAsync(name, machine, cancellationToken).ConfigureAwait(false);
            using var owned = scorer as IDisposable;
            results.Add(await ScoreAsync(run, scorer, shard).ConfigureAwait(false));
        }

        return Together(results);
    }

    /// <summary>Scores prompts and continuations with one scorer.</summary>
    public async Task<StageResult> ScoreAsync(RunFolder run, IScorer scorer, Shard shard)
    {
        if (scorer.Notice is { } notice)
        {
            machine.Log.Say($"{scorer.Name}: {notice}");
        }

        var result = await ScoringStage
            .RunAsync(run, scorer, new ScoringOptions { Shard = shard, Control = control }, machine.Log, cancellationToken)
            .ConfigureAwait(false);
        if (scorer.Summary is { } summary)
        {
            machine.Log.Say($"{scorer.Name}: {summary}");
        }

        if (scorer is CachedScorer { Found: > 0 } cached)
        {
            machine.Log.Say($"{scorer.Name}: {cached.Found} texts were scored before and came from the cache; {cached.Asked} were new");
        }

        return result;
    }

    /// <summary>Trains and tests every probe named on every scorer's labels.</summary>
    public StageResult Probe(RunFolder run, MeasurementManifest measurement, Shard shard, int? threads)
    {
        if (MissingChunks(run) is var missing && missing > 0)
        {
            throw new InputException(
                "run-incomplete",
                $"probing '{run.FullPath}'",
                $"{missing} of {ChunkCount(run)} chunks are not encoded",
                "Finish encoding first: the same 'encode' or 'run' command goes on where it was");
        }

        var results = new List<StageResult>();
        TellShare(shard, measurement.Layers?.Count ?? run.ReadManifest().Model.Layers, "layers");
        foreach (var scorer in measurement.Scorers)
        {
            foreach (var probe in measurement.Probes)
            {
                results.Add(ProbingStage.Run(
                    run,
                    ProbingOf(measurement, probe, scorer) with { Shard = shard, Control = control, Threads = threads },
                    machine.Log,
                    cancellationToken));
            }
        }

        return Together(results);
    }

    /// <summary>How one probe is trained on one scorer's labels.</summary>
    public static ProbingOptions ProbingOf(MeasurementManifest measurement, string probe, string scorer) => new()
    {
        Probe = probe,
        Scorer = ScorerSource.NameOf(scorer),
        Layers = measurement.Layers,
        Attributes = measurement.Attributes,
        Pooling = measurement.Pooling,
        Controls = measurement.Controls,
        HiddenUnits = measurement.HiddenUnits,
        Standardise = measurement.Standardise,
        OnlineCoding = measurement.OnlineCoding,
        GroupDuplicates = measurement.GroupDuplicates,
        Continuations = measurement.ProbedContinuations,
        Backward = measurement.Backward,
    };

    /// <summary>Joins behaviour and internals; writes findings.json and the two tables.</summary>
    public Findings Analyse(RunFolder run, AnalysisOptions? options = null)
    {
        var findings = AnalysisStage.Run(run, options ?? new AnalysisOptions(), machine.Log, cancellationToken);
        (control.Tracker as RedisTracker)?.Publish(findings);
        Export(run, findings, exporter => exporter.FileName.EndsWith(".csv", StringComparison.Ordinal));
        return findings;
    }

    /// <summary>Writes the reports for people.</summary>
    public static void Report(RunFolder run, Findings findings) =>
        Export(run, findings, exporter => !exporter.FileName.EndsWith(".csv", StringComparison.Ordinal));

    /// <summary>Chunks of the run that are not encoded.</summary>
    public static int MissingChunks(RunFolder run) => Enumerable.Range(0, ChunkCount(run)).Count(chunk => !run.HasEncoding(chunk));

    /// <summary>Tells each failed unit; returns how many there are.</summary>
    public int ReportFailures(IEnumerable<StageResult> results)
    {
        var failed = results.SelectMany(result => result.Failed).ToArray();
        foreach (var failure in failed)
        {
            machine.Log.Say($"failed: {failure.Unit}: {failure.Message}");
        }

        if (failed.Length > 0)
        {
            machine.Log.Say($"{failed.Length} units failed; all others are done. The same command tries the failed ones again.");
        }

        return failed.Length;
    }

    /// <summary>Says one line.</summary>
    public void Say(string line) => machine.Log.Say(line);

    /// <summary>What several stages did.</summary>
    public static StageResult Together(IReadOnlyList<StageResult> results) =>
        new(results.Sum(result => result.Done), results.Sum(result => result.AlreadyDone), [.. results.SelectMany(result => result.Failed)]);

    private EncodingStageOptions OptionsOf(RunRequest request) =>
        new() { BatchSize = request.BatchSize, Shard = request.Shard, Control = control, Threads = request.Threads };

    // A share without work ends at once and in silence, which looks like a mistake.
    private void TellShare(Shard shard, int units, string what)
    {
        if (shard.Count > units)
        {
            machine.Log.Say(
                $"there are {units} {what} for {shard.Count} shares, so {shard.Count - units} of the shares have nothing to do" +
                $"{(shard.Index >= units ? $", and {shard.Index}/{shard.Count} is one of them" : "")}");
        }
    }

    private static int ChunkCount(RunFolder run)
    {
        var manifest = run.ReadManifest();
        return RunFolder.ChunkCount(manifest.Prompts.Prompts, manifest.Encoding.Chunk);
    }

    private static void Export(RunFolder run, Findings findings, Func<IReportExporter, bool> wanted)
    {
        foreach (var exporter in ReportCatalog.All.Where(wanted).Where(exporter => exporter.Applies(findings)))
        {
            AtomicWrite.File(Path.Combine(run.FullPath, exporter.FileName), stream => exporter.Write(findings, run, stream));
        }
    }
}
