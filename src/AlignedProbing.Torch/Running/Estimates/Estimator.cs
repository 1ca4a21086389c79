using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using AlignedProbing.Files;
using AlignedProbing.Probing;
using AlignedProbing.Runs;
using AlignedProbing.Scoring;
using AlignedProbing.Scoring.Ngram;
using AlignedProbing.Scoring.Perspective;
using AlignedProbing.Torch.Encoding;
using AlignedProbing.Torch.Scorers;
using AlignedProbing.Torch.Weights;

namespace AlignedProbing.Torch.Running.Estimates;

/// <summary>Tells what a run will take.</summary>
/// <param name="plan">The run.</param>
/// <param name="machine">The machine that it is to run on.</param>
public sealed class Estimator(RunPlan plan, RunMachine machine)
{
    // Mapped files, libtorch, .NET, 128 rows of logits of a vocabulary of 49,152 (docs/reference/performance.md).
    private const long Program = 265L << 20;
    private const int CountedVocabulary = 49_152;
    private const int RowsOfLogits = 128;

    private const double ADay = 86_400;
    private const int TimedTexts = 200;

    private readonly RunRequest _request = plan.Request;

    /// <summary>Bytes that the process may use; the machine's or its container's unless stated.</summary>
    public long MemoryAvailable { get; init; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Tells it. Reads headers, tokenizes the prompts, and times products and probes for some seconds; writes nothing.</summary>
    public RunEstimate Of(CancellationToken cancellationToken)
    {
        var tokens = TokenCounts.Of(plan, cancellationToken);
        var weights = WeightShapes.Of(plan.Model.FullPath, plan.Description);
        var folder = Path.GetFullPath(Path.Combine(machine.WorkingFolder, _request.Output));
        var run = RunFolder.Exists(folder) ? RunFolder.Open(folder) : null;
        var left = run is null ? plan.Chunks : Stages.MissingChunks(run);
        var memory = Memory(tokens, weights);
        var disk = new DiskParts(plan, tokens, Attributes).All();
        var calls = _request.IsMeasured ? Calls(tokens).ToArray() : [];
        StageTime[] time =
        [
            Encode(tokens, weights, run, left, cancellationToken),
            .. _request.IsMeasured ? Measure(tokens, run, calls, cancellationToken) : [],
        ];
        var free = Free(folder);
        var written = run is null ? 0 : Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
        var estimate = new RunEstimate
        {
            Run = folder,
            Model = plan.Manifest.Model.Name,
            Parameters = plan.Manifest.Model.Parameters,
            Prompts = plan.Prompts.Count,
            Chunks = plan.Chunks,
            ChunksLeft = left,
            Continuations = tokens.Continuations,
            PromptTokens = tokens.PromptTokens,
            ContinuationTokens = tokens.ContinuationTokens,
            Memory = memory,
            MemoryAvailable = MemoryAvailable,
            Disk = disk,
            DiskFree = free,
            Time = time,
            Calls = calls,
            Problems = [],
        };
        return estimate with { Problems = [.. Problems(estimate, tokens, weights, written)] };
    }

    private MemoryEstimate[] Memory(TokenCounts tokens, WeightShapes weights)
    {
        var batch = tokens.LargestBatch(Batches(_request.BatchSize), weights.Inner);
        return
        [
            .. Enum.GetValues<WeightPrecision>()
                .OrderBy(precision => precision == _request.Precision ? 0 : 1)
                .Where(precision => precision == _request.Precision || plan.Description.WeightFormat is null)
                .Select(precision => Of(precision, batch, weights)),
        ];
    }

    private MemoryEstimate Of(WeightPrecision precision, (long Cache, long Sums, long Rows) batch, WeightShapes weights)
    {
        var program = Program + (RowsOfLogits * 4L * (weights.Vocabulary - CountedVocabulary));
        var made = new MemoryEstimate(
            PrecisionNames.Of(precision), weights.Held(precision, _request.Device.IsCuda), program, batch.Cache, batch.Sums, batch.Rows, Fits: true);
        return made with { Fits = made.Total <= MemoryAvailable };
    }

    private BatchMemory Batches(int? size) => new(plan.Description.Sizes, plan.Manifest.Encoding, size, MemoryAvailable);

    // What this machine needed for the chunks that are there, or else for the same products.
    private StageTime Encode(TokenCounts tokens, WeightShapes weights, RunFolder? run, int left, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (left == 0)
        {
            return new StageTime("encode", 0, "all chunks are there");
        }

        var controls = 1 + plan.Manifest.Measurement.Controls.Intersect(ControlEncoding.Names).Count();
        if (run is not null && Finished(run) is { Prompts: > 0 } finished)
        {
            var prompts = Enumerable.Range(0, plan.Chunks).Where(chunk => !run.HasEncoding(chunk)).Sum(chunk =>
                Math.Min(plan.Manifest.Encoding.Chunk, plan.Prompts.Count - (chunk * plan.Manifest.Encoding.Chunk)));
            return new StageTime(
                "encode",
                finished.Seconds / finished.Prompts * prompts * controls,
                $"{finished.Chunks.ToString(CultureInfo.InvariantCulture)} finished chunks on this machine");
        }

        var sampled = plan.Manifest.Encoding.Continuations == "sampled";
        var share = (double)left / plan.Chunks * controls;
        var seconds = ProductTimes.SecondsOf(
            weights,
            _request,
            tokens.PromptTokens + tokens.ContinuationTokens,
            sampled ? tokens.ContinuationTokens : 0,
            tokens.UsualRows(Batches(_request.BatchSize)));
        return new StageTime("encode", seconds * share, "products measured on this machine; continuations may end earlier");
    }

    private IEnumerable<StageTime> Measure(TokenCounts tokens, RunFolder? run, ScorerCalls[] calls, CancellationToken cancellationToken)
    {
        var measurement = plan.Manifest.Measurement;
        foreach (var asked in measurement.Scorers)
        {
            var name = ScorerSource.NameOf(asked);
            var left = run is null ? 1 : Enumerable.Range(0, plan.Chunks).Count(chunk => !run.HasScores(name, chunk)) / (double)plan.Chunks;
            yield return calls.FirstOrDefault(call => call.Scorer == name) is { PerSecond: { } rate } call
                ? new StageTime($"score/{name}", call.Calls / rate * left, "the service's rate")
                : asked is NgramScorer.ScorerName
                    ? new StageTime($"score/{name}", left * Score(tokens), "texts scored on this machine")
                    : asked is GivenScores.Name or PropertyScores.Name
                        ? new StageTime($"score/{name}", 0, "copied or counted")
                        : new StageTime($"score/{name}", null, "a model or a service of its own speed; it is not tried here");
        }

        foreach (var asked in measurement.Scorers)
        {
            foreach (var probe in measurement.Probes)
            {
                var columns = measurement.Attributes?.Count ?? Attributes(asked) + 1;
                var layers = measurement.Layers?.Count ?? plan.Description.Sizes.HiddenStates;
                var options = Stages.ProbingOf(measurement, probe, asked) with { Threads = _request.Threads };
                var rows = plan.Prompts.Count * measurement.ProbedContinuations.Count;
                var seconds = ProbeTrial.SecondsOfLayer(
                    options, rows, plan.Description.Sizes.Width, 4 * columns * (1 + measurement.Controls.Count), cancellationToken);
                yield return new StageTime($"probe/{probe}/{ScorerSource.NameOf(asked)}", seconds * layers, "a part of a layer, with random vectors");
            }
        }

        yield return new StageTime("analyse and report", null, "seconds to minutes; not tried here");
    }

    private double Score(TokenCounts tokens)
    {
        var scorer = new NgramScorer();
        string[] texts = [.. plan.Prompts.Take(TimedTexts).Select(prompt => prompt.Text)];
        var start = Stopwatch.GetTimestamp();
        _ = scorer.ScoreAsync(texts, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        return Stopwatch.GetElapsedTime(start).TotalSeconds / texts.Length * (plan.Prompts.Count + tokens.Continuations);
    }

    private IEnumerable<ScorerCalls> Calls(TokenCounts tokens)
    {
        var texts = plan.Prompts.Count + tokens.Continuations;
        foreach (var asked in plan.Manifest.Measurement.Scorers)
        {
            if (asked == PerspectiveScorer.ScorerName)
            {
                yield return new ScorerCalls(asked, texts, PerspectiveOptions.FromVariables(machine.Variable).RequestsPerSecond);
            }
            else if (asked.EndsWith(".json", StringComparison.OrdinalIgnoreCase)
                && ScorerFile.Read(Path.Combine(machine.WorkingFolder, asked)) is JudgeFile { Endpoint: not null })
            {
                yield return new ScorerCalls(ScorerSource.NameOf(asked), texts, null);
            }
        }
    }

    private int Attributes(string scorer) => scorer switch
    {
        NgramScorer.ScorerName => new NgramScorer().Attributes.Count,
        PerspectiveScorer.ScorerName => PerspectiveOptions.FromVariables(machine.Variable).Attributes.Count,
        GivenScores.Name => plan.Prompts.SelectMany(prompt => prompt.Scores.Keys).Distinct().Count(),
        _ => 1,
    };

    private IEnumerable<PlanProblem> Problems(RunEstimate estimate, TokenCounts tokens, WeightShapes weights, long written)
    {
        var asked = estimate.Memory[0];
        if (!asked.Fits)
        {
            var precisions = estimate.Memory.Where(memory => memory.Fits).Select(memory => memory.Precision).ToArray();
            var single = Of(_request.Precision, tokens.LargestBatch(Batches(1), weights.Inner), weights);
            yield return new PlanProblem(
                $"encoding takes {ByteText.Of(asked.Total)} of memory, and there are {ByteText.Of(MemoryAvailable)}",
                (precisions.Length > 0 ? $"With --precision {string.Join(" or ", precisions)} it fits" : "No precision fits")
                    + (single.Fits ? $"; with --batch-size 1 it takes {ByteText.Of(single.Total)}" : "; a machine with more memory would do"));
        }

        if (estimate.DiskFree is { } free && estimate.DiskTotal - written > free)
        {
            yield return new PlanProblem(
                $"the run writes {ByteText.Of(estimate.DiskTotal)}, and {ByteText.Of(free)} are free",
                plan.Manifest.Encoding.VectorType == "float32"
                    ? "--vector-type float16 halves the vectors; fewer --keep and --pooling shrink them; ENCODING_PATH puts them on another disk"
                    : "Fewer --keep and --pooling shrink the vectors; ENCODING_PATH puts them on another disk");
        }

        if (estimate.Seconds > ADay)
        {
            var tasks = Math.Min(estimate.Chunks, (int)Math.Ceiling(estimate.Seconds / ADay));
            yield return new PlanProblem(
                $"this machine alone takes {TimeSpan.FromSeconds(estimate.Seconds).TotalHours.ToString("0", CultureInfo.InvariantCulture)} hours",
                $"{tasks.ToString(CultureInfo.InvariantCulture)} machines like it with --shard, or 'submit --to slurm --tasks " +
                $"{tasks.ToString(CultureInfo.InvariantCulture)}', take a day");
        }
    }

    // Who made a chunk, and how fast: a damaged note tells nothing of the machine, and stops no plan.
    private static JsonDocument? Note(string path)
    {
        try
        {
            return ForeignJson.Parse(ForeignJson.Bytes(path, 16 << 20));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // Chunks that this machine made, with the device that is asked for now.
    private (int Chunks, int Prompts, double Seconds) Finished(RunFolder run)
    {
        var (chunks, prompts, seconds) = (0, 0, 0.0);
        for (var chunk = 0; chunk < plan.Chunks; chunk++)
        {
            var path = Path.Combine(run.EncodingFolder(chunk), "unit.json");
            if (!File.Exists(path))
            {
                continue;
            }

            using var document = Note(path);
            if (document is null)
            {
                continue;
            }

            if (document.RootElement.GetProperty("machine").GetString() == Environment.MachineName
                && document.RootElement.GetProperty("device").GetString() == _request.Device.ToString())
            {
                chunks++;
                prompts += document.RootElement.GetProperty("prompts").GetInt32();
                seconds += document.RootElement.GetProperty("seconds").GetDouble();
            }
        }

        return (chunks, prompts, seconds);
    }

    private static long? Free(string folder)
    {
        var path = folder;
        while (!Directory.Exists(path) && Path.GetDirectoryName(path) is { } above)
        {
            path = above;
        }

        try
        {
            return new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(path)! : path).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
