using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Generation;

/// <summary>
/// All hidden states of one text, in managed memory: nothing to dispose, and valid after the model is gone. For many texts, or states pooled while
/// continuations are sampled, there is the encode stage; for logits, caches and edits there is <see cref="CausalModel.Forward"/>.
/// </summary>
public sealed class HiddenStates
{
    private readonly float[][] _layers;

    private HiddenStates(float[][] layers, int tokens, int width) => (_layers, Tokens, Width) = (layers, tokens, width);

    /// <summary>
    /// Number of layers, numbered as Hugging Face's <c>hidden_states</c>: 0 is the embedding output, i the output of block i, the last one is taken after the
    /// final norm.
    /// </summary>
    public int Layers => _layers.Length;

    /// <summary>Number of tokens, special ones included.</summary>
    public int Tokens { get; }

    /// <summary>Width of a state.</summary>
    public int Width { get; }

    /// <summary>Runs a model over one text.</summary>
    /// <param name="model">The model; it stays the caller's. One call at a time.</param>
    /// <param name="ids">The token ids as the model is to read them, special ones included (<c>PromptRenderer.Render(...).Ids</c>); at most the model's
    /// context. None gives no states.</param>
    /// <returns>The states: layers x tokens x width x 4 bytes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary, or the text is longer than the model's context.</exception>
    public static HiddenStates Of(CausalModel model, IReadOnlyList<int> ids)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(ids);
        var recorder = new Recorder(model.Sizes.HiddenStates);
        if (ids.Count == 0)
        {
            Array.Fill(recorder.Layers, []);
        }
        else
        {
            new TokenEngine(model, new TokenEngineOptions()).Run([new TokenSequence(ids.ToArray(), [])], recorder, CancellationToken.None);
        }

        return new HiddenStates(recorder.Layers, ids.Count, model.Sizes.Width);
    }

    /// <summary>The state of one token at one layer, float32 [width].</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer or token.</exception>
    public ReadOnlySpan<float> Of(int layer, int token)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)layer, (uint)Layers, nameof(layer));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)token, (uint)Tokens, nameof(token));
        return _layers[layer].AsSpan(token * Width, Width);
    }

    /// <summary>The mean over consecutive tokens at one layer, added up in float64 in their order, as the encode stage does it.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="start">The first token (<c>RenderedPrompt.SpanStart</c>).</param>
    /// <param name="end">The token after the last one (<c>RenderedPrompt.SpanEnd</c>).</param>
    /// <param name="destination">Gets the mean [width]; NaN where there is no token, which probes leave out and count.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer, or there are no such tokens.</exception>
    /// <exception cref="ArgumentException">The destination has another length.</exception>
    public void Mean(int layer, int start, int end, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)layer, (uint)Layers, nameof(layer));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)end, (uint)Tokens, nameof(end));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)start, (uint)end, nameof(start));
        if (destination.Length != Width)
        {
            throw new ArgumentException($"{destination.Length} numbers for states of width {Width}.", nameof(destination));
        }

        var sums = new double[Width];
        for (var token = start; token < end; token++)
        {
            var state = Of(layer, token);
            for (var i = 0; i < sums.Length; i++)
            {
                sums[i] += state[i];
            }
        }

        for (var i = 0; i < sums.Length; i++)
        {
            destination[i] = (float)(sums[i] / (end - start));
        }
    }

    private sealed class Recorder(int layers) : TokenObserver
    {
        public float[][] Layers { get; } = new float[layers][];

        // A long text comes in several passes.
        public override void OnStates(int layer, torch.Tensor states)
        {
            using var scope = torch.NewDisposeScope();
            var values = TensorMemory.Span<float>(DeviceCopies.ToHost(states));
            Layers[layer] = Layers[layer] is { } before ? [.. before, .. values] : values.ToArray();
        }
    }
}
