using System.Diagnostics;
using AlignedProbing.Runs;
using AlignedProbing.Torch.Generation.Pooling;
using AlignedProbing.Torch.Generation.Sampling;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Encoding;

/// <summary>The encode stage behind tokenizer and templates: goes through the chunks of a run, and brings each to disk while the next is computed.</summary>
internal sealed class PreparedStage(RunFolder run, CausalModel model, EncodingStageOptions options, IReadOnlySet<int> endOfText, string device)
{
    /// <summary>Encodes what is not there yet.</summary>
    /// <param name="asked">What the run's manifest asks.</param>
    /// <param name="prompts">The run's prompts.</param>
    /// <param name="count">Continuations of a prompt, for progress.</param>
    /// <param name="prepare">Makes a prompt into token ids.</param>
    /// <param name="text">The text of a continuation, from the ids of its prompt and its own.</param>
    /// <param name="progress">Told the number of continuations done.</param>
    /// <param name="times">Adds up where the time goes; null: not asked.</param>
    /// <param name="cancellationToken">Stops between two passes of the model; the chunk in flight is dropped.</param>
    public StageResult Run(
        EncodingManifest asked,
        IReadOnlyList<Prompt> prompts,
        Func<Prompt, int> count,
        Func<Prompt, PreparedPrompt> prepare,
        Func<int[], IReadOnlyList<int>, string> text,
        IProgress<StageProgress>? progress,
        PartTimes? times,
        CancellationToken cancellationToken)
    {
        var batchOptions = new BatchEncoderOptions
        {
            Samples = asked.Samples,
            MaxNewTokens = asked.MaxNewTokens,
            Seed = asked.Seed,
            Keep = asked.Keep,
            Pooling = PoolingKinds.Parse(asked.Pooling),
            Reference = asked.ReferencePooling,
            EndOfText = endOfText,
        };
        var encoder = new BatchEncoder(
            model,
            batchOptions,
            new TokenSampler(
                new TokenSamplerOptions
                {
                    Temperature = asked.Temperature,
                    TopK = asked.TopK,
                    TopP = asked.TopP,
                }),
            times);
        var chunkEncoder = new ChunkEncoder(encoder, batchOptions, model.Sizes, options.BatchSize, text, times);
        var all = Enumerable.Range(0, RunFolder.ChunkCount(prompts.Count, asked.Chunk)).Where(options.Shard.Holds).ToArray();
        var left = all.Where(chunk => !run.HasEncoding(chunk)).ToArray();
        var failed = new List<UnitFailure>();
        long total = all.Sum(Continuations);
        var before = total - left.Sum(Continuations);
        var done = before;
        var writing = Task.FromResult<UnitFailure?>(null);
        Report(0);
        try
        {
            foreach (var chunk in left)
            {
                var atStart = done;
                if (Encode(chunk) is { } encoded)
                {
                    Collect(writing);
                    writing = Task.Run(() => Write(chunk, encoded.Files, encoded.Chunk, encoded.Unit), CancellationToken.None);
                }

                done = atStart + Continuations(chunk);
                Report(0);
            }
        }
        finally
        {
            // Also where the run is interrupted: what was encoded is kept.
            Collect(writing);
        }

        return new StageResult(left.Length - failed.Count, all.Length - left.Length, failed);

        (ChunkFiles Files, EncodedChunk Chunk, EncodingUnit Unit)? Encode(int chunk)
        {
            ChunkFiles? files = null;
            try
            {
                var started = Stopwatch.GetTimestamp();
                files = new ChunkFiles(run, chunk, asked.VectorType == "float16");
                var encoded = chunkEncoder.Run([.. PromptsOf(chunk).Select(prepare)], files, Report, cancellationToken);
                return (
                    files,
                    encoded,
                    EncodingUnit.Of(encoded, device, options.BatchSize, Stopwatch.GetElapsedTime(started).TotalSeconds, TimeProvider.System));
            }
            catch (Exception error)
            {
                files?.Dispose();
                if (error is OperationCanceledException or OutOfMemoryException)
                {
                    throw;
                }

                // One chunk's fault is told and the others go on: a long run is not lost to one of them.
                failed.Add(Failure(chunk, error));
                return null;
            }
        }

        UnitFailure? Write(int chunk, ChunkFiles files, EncodedChunk encoded, EncodingUnit unit)
        {
            using var owned = files;
            try
            {
                files.Complete(encoded, unit);
                return null;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return Failure(chunk, error);
            }
        }

        void Collect(Task<UnitFailure?> task)
        {
            var start = Stopwatch.GetTimestamp();
            var failure = task.GetAwaiter().GetResult();
            times?.AddWaiting(start);
            if (failure is not null && !failed.Contains(failure))
            {
                failed.Add(failure);
            }
        }

        IEnumerable<Prompt> PromptsOf(int chunk) => prompts.Skip(chunk * asked.Chunk).Take(asked.Chunk);

        long Continuations(int chunk) => PromptsOf(chunk).Sum(prompt => (long)count(prompt));

        void Report(int more) => progress?.Report(new StageProgress("encode", done += more, total, "continuations", before));

        UnitFailure Failure(int chunk, Exception error) => new($"{Path.GetFileName(run.EncodingsFolder)}/{chunk:00000}", error.Message);
    }
}
