using System.Diagnostics;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Units;
using AlignedProbing.Torch.Generation.Pooling;
using AlignedProbing.Torch.Generation.Sampling;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Encoding;

/// <summary>The encode stage after tokenizer and templates: goes through the chunks of a run, and brings each to disk while the next is computed.</summary>
internal sealed class PreparedStage(
    RunFolder run,
    CausalModel model,
    EncodingStageOptions options,
    IReadOnlySet<int> endOfText,
    string device,
    ISiteEditor? editor = null)
{
    /// <summary>Encodes what is not there yet.</summary>
    /// <param name="manifest">What the run was asked.</param>
    /// <param name="prompts">The run's prompts.</param>
    /// <param name="count">Continuations of a prompt, for progress.</param>
    /// <param name="prepare">Makes a prompt into token ids.</param>
    /// <param name="text">The text of a continuation, from the ids of its prompt and its own.</param>
    /// <param name="progress">Told the number of continuations done.</param>
    /// <param name="times">Adds up where the time goes; null: not asked.</param>
    /// <param name="cancellationToken">Stops between two passes of the model; the chunk in flight is dropped.</param>
    public StageResult Run(
        Manifest manifest,
        IReadOnlyList<Prompt> prompts,
        Func<Prompt, int> count,
        Func<Prompt, PreparedPrompt> prepare,
        Func<int[], IReadOnlyList<int>, string> text,
        IProgress<StageProgress>? progress,
        PartTimes? times,
        CancellationToken cancellationToken)
    {
        var asked = manifest.Encoding;
        var batchOptions = new BatchEncoderOptions
        {
            Samples = asked.Samples,
            MaxNewTokens = asked.MaxNewTokens,
            Seed = asked.Seed,
            Keep = asked.Keep,
            Pooling = PoolingKinds.Parse(asked.Pooling),
            Reference = asked.ReferencePooling,
            EndOfText = endOfText,
            Editor = editor,
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
        var loop = new UnitLoop(
            UnitStore.Encodings(run, manifest, prompts.Count),
            new UnitLoopOptions
            {
                Stage = "encode",
                Counted = "continuations",
                Weight = chunk => PromptsOf(chunk).Sum(prompt => (long)count(prompt)),
                Shard = options.Shard,
                Control = options.Control,
                CompletesAside = true,
                Waited = start => times?.AddWaiting(start),
                Progress = progress,
            });
        return loop.Run(Encode, cancellationToken);

        void Encode(UnitFiles unit, UnitProgress done)
        {
            var started = Stopwatch.GetTimestamp();
            using var files = new ChunkFiles(run, unit, asked.VectorType == "float16");
            var encoded = chunkEncoder.Run([.. PromptsOf(unit.Number).Select(prepare)], files, finished => done.Add(finished), cancellationToken);
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            files.Complete(encoded, EncodingUnit.Of(encoded, device, options.BatchSize, seconds, TimeProvider.System));
        }

        IEnumerable<Prompt> PromptsOf(int chunk) => prompts.Skip(chunk * asked.Chunk).Take(asked.Chunk);
    }
}
