using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Certificates;

/// <summary>The passes of a comparison. Rotary frequencies that depend on the length take the longest row's for all, as Hugging Face does in a batch.</summary>
internal sealed class ComparedModel(CausalModel model, ISiteEditor? editor)
{
    /// <summary>The model's sizes.</summary>
    public ModelSizes Sizes => model.Sizes;

    /// <summary>Reads sequences one after another, with the logits of the last token of each.</summary>
    public PassRecorder Read(IReadOnlyList<int[]> sequences, int rotaryLength, bool keepStates)
    {
        var last = 0;
        return Read(sequences, [.. sequences.Select(sequence => (last += sequence.Length) - 1)], rotaryLength, keepStates);
    }

    /// <summary>Reads one sequence, with the logits of all its tokens.</summary>
    public PassRecorder ReadForLogits(int[] sequence, int rotaryLength) =>
        Read([sequence], [.. Enumerable.Range(0, sequence.Length)], rotaryLength, keepStates: false);

    /// <summary>Reads prompts and what follows each as its tail; the states of a row's tokens follow one another, its prompt's first.</summary>
    public PassRecorder ReadTails(IReadOnlyList<int[]> prompts, IReadOnlyList<int[]> tails, int rotaryLength)
    {
        using var cache = new KeyValueCache(new CacheLayout([.. prompts.Select((prompt, row) => new CachedPrompt(prompt.Length, [tails[row].Length]))]));
        var segments = new List<TokenSegment>();
        for (var row = 0; row < prompts.Count; row++)
        {
            segments.Add(new TokenSegment(row, -1, prompts[row]));
            if (tails[row].Length > 0)
            {
                segments.Add(new TokenSegment(row, row, tails[row]));
            }
        }

        return Pass(new TokenBatch(cache, segments, []) { RotaryLength = rotaryLength }, cache, keepStates: true);
    }

    /// <summary>Continues sequences, as an observer follows.</summary>
    /// <param name="sequences">The sequences; their tails get their tokens.</param>
    /// <param name="observer">Follows.</param>
    /// <param name="rotaryLength">The longest row's length, which all rows take.</param>
    /// <param name="cancellationToken">Ends it between passes.</param>
    public void Continue(IReadOnlyList<TokenSequence> sequences, TokenObserver observer, int rotaryLength, CancellationToken cancellationToken) =>
        new TokenEngine(model, new TokenEngineOptions { Editor = editor, RotaryLength = rotaryLength }).Run(sequences, observer, cancellationToken);

    private PassRecorder Pass(TokenBatch batch, KeyValueCache cache, bool keepStates)
    {
        var recorder = new PassRecorder(keepStates);
        model.Forward(batch, cache, recorder, editor);
        return recorder;
    }

    private PassRecorder Read(IReadOnlyList<int[]> sequences, int[] logitRows, int rotaryLength, bool keepStates)
    {
        using var cache = new KeyValueCache(CacheLayout.Uniform(sequences.Select(sequence => sequence.Length), 0, 0));
        var segments = sequences.Select((sequence, row) => new TokenSegment(row, -1, sequence)).ToArray();
        return Pass(new TokenBatch(cache, segments, logitRows) { RotaryLength = rotaryLength }, cache, keepStates);
    }
}
