using AlignedProbing.Torch.Encoding;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Scorers.Perplexity;

/// <summary>
/// Runs a batch of prompts with their continuations through a model and reads log-probabilities off its logits. A prompt is read once, whatever the number of
/// texts that go on it; what a text
/// gets does not depend on the others of the batch.
/// </summary>
internal sealed class LikelihoodPass(CausalModel model)
{
    /// <summary>Fills in the log-probabilities.</summary>
    /// <exception cref="OperationCanceledException">Asked for between two passes.</exception>
    public void Run(IReadOnlyList<LikelihoodSequence> sequences, CancellationToken cancellationToken)
    {
        // The last token of a text is predicted, never read.
        using var cache = new KeyValueCache(
            new CacheLayout([.. sequences.Select(sequence => new CachedPrompt(sequence.Prompt.Length, [.. sequence.Tails.Select(tail => tail.Length - 1)]))]));
        var firstTail = new int[sequences.Count];
        for (var i = 1; i < sequences.Count; i++)
        {
            firstTail[i] = firstTail[i - 1] + sequences[i - 1].Tails.Count;
        }

        foreach (var segments in PassPlanner.Passes(Segments(sequences)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var rows = new List<int>();
            var reads = new List<Read[]>();
            var row = 0;
            foreach (var segment in segments)
            {
                var from = segment.Tail < 0 ? cache.PromptLength(segment.Prompt) : cache.TailLength(segment.Tail);
                for (var i = 0; i < segment.Ids.Length; i++, row++)
                {
                    if (
                        ReadsAt(sequences[segment.Prompt], segment.Tail < 0 ? null : segment.Tail - firstTail[segment.Prompt], from + i) is { Length: > 0 } here
                    )
                    {
                        rows.Add(row);
                        reads.Add(here);
                    }
                }
            }

            model.Forward(new TokenBatch(cache, segments, rows), cache, new Reader(reads));
        }
    }

    private static IEnumerable<TokenSegment> Segments(IReadOnlyList<LikelihoodSequence> sequences)
    {
        var tail = 0;
        for (var prompt = 0; prompt < sequences.Count; prompt++)
        {
            yield return new TokenSegment(prompt, -1, sequences[prompt].Prompt);
            foreach (var ids in sequences[prompt].Tails)
            {
                if (ids.Length > 1)
                {
                    yield return new TokenSegment(prompt, tail, ids.AsMemory(0, ids.Length - 1));
                }

                tail++;
            }
        }
    }

    /// <summary>Which tokens the logits at a token of the prompt (tail null) or of a tail predict.</summary>
    private static Read[] ReadsAt(LikelihoodSequence sequence, int? tail, int token)
    {
        if (tail is { } number)
        {
            return [new Read(sequence.OfTails[number], token + 1, sequence.Tails[number][token + 1])];
        }

        var next = token + 1;
        if (next == sequence.Prompt.Length)
        {
            return [.. sequence.Tails.Select((ids, i) => new Read(sequence.OfTails[i], 0, ids[0]))];
        }

        return next >= sequence.FirstOwn && next - sequence.FirstOwn < sequence.Own.Length
            ? [new Read(sequence.Own, next - sequence.FirstOwn, sequence.Prompt[next])]
            : [];
    }

    /// <summary>A token whose log-probability is asked for, and where it goes.</summary>
    private readonly record struct Read(double[] Target, int Index, int Token);

    private sealed class Reader(List<Read[]> reads) : IForwardObserver
    {
        public void OnStates(int layer, torch.Tensor states)
        {
            // Probabilities alone are asked for.
        }

        public void OnLogits(int first, torch.Tensor logits)
        {
            var vocabulary = (int)logits.size(1);
            ParallelRows.For((int)logits.size(0), (begin, end) =>
            {
                var values = TensorMemory.Span<float>(logits);
                for (var i = begin; i < end; i++)
                {
                    foreach (var read in reads[first + i])
                    {
                        read.Target[read.Index] = LogProbability.Of(values.Slice(i * vocabulary, vocabulary), read.Token);
                    }
                }
            });
        }
    }
}
