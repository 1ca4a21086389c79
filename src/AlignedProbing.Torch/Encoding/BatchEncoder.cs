using AlignedProbing.Numerics;
using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Generation.Pooling;
using AlignedProbing.Torch.Generation.Sampling;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Encoding;

/// <summary>
/// Runs batches of prompts: reads each prompt once, lets its continuations share its keys and values, and pools hidden states as they are made. What a prompt
/// gives does not depend on the others of its batch.
/// </summary>
internal sealed class BatchEncoder(CausalModel model, BatchEncoderOptions options, TokenSampler sampler, PartTimes? times = null)
{
    private readonly PooledVectors _input = new(model.Sizes.HiddenStates, model.Sizes.Width, options.Pooling);
    private readonly PooledVectors _instruction = new(model.Sizes.HiddenStates, model.Sizes.Width, options.Pooling);
    private readonly PooledVectors _output = new(model.Sizes.HiddenStates, model.Sizes.Width, options.Pooling);
    private readonly TokenEngine _engine = new(
        model,
        new TokenEngineOptions { Sampler = sampler, EndOfText = options.EndOfText, Editor = options.Editor, Clock = times });

    /// <summary>
    /// Runs a batch of prompts, each of at least one token and at most the model's context. The vectors of the result hold until the next batch is run.
    /// </summary>
    /// <exception cref="OperationCanceledException">Asked for between two passes.</exception>
    public EncodedBatch Run(IReadOnlyList<PromptTokens> prompts, CancellationToken cancellationToken)
    {
        _input.Reset(prompts.Count);
        _instruction.Reset(prompts.Count);
        _output.Reset(prompts.Count * options.Keep.Count);
        TokenSequence[] sequences = [.. prompts.Select(prompt => new TokenSequence(prompt.Ids, [.. TailsOf(prompt)]))];
        var batch = new EncodedBatch(
            prompts,
            [.. sequences.Select(sequence => sequence.Tails.Select(tail => new TokenContinuation(tail, options.MaxNewTokens)).ToArray())],
            _input,
            _instruction,
            _output);
        int[] keptTails = [.. sequences.SelectMany(sequence => Enumerable.Range(0, sequence.Tails.Count).Select(Kept))];
        using IStatePooling pooling = model.ReducesOn is { } device ? new DevicePooling(device) : new HostPooling();
        _engine.Run(sequences, new PoolingObserver(pooling, batch, options, keptTails), cancellationToken);
        pooling.Complete();
        return batch;
    }

    private IEnumerable<TokenTail> TailsOf(PromptTokens prompt)
    {
        var room = model.Sizes.Context - prompt.Ids.Length;
        for (var number = 0; number < (prompt.Given?.Count ?? options.Samples); number++)
        {
            yield return prompt.Given?[number] is { } ids
                ? new TokenTail(TokenSource.Given(ids), ids.Length <= room ? ids.Length : 0) { ReadsLast = Kept(number) >= 0 }
                : new TokenTail(
                    TokenSource.Sampled(RandomStream.ForContinuation(options.Seed, prompt.Id, number)),
                    Math.Min(options.MaxNewTokens, room)) { ReadsLast = Kept(number) >= 0 };
        }
    }

    /// <summary>A continuation's place among the kept ones; -1: not kept.</summary>
    private int Kept(int number)
    {
        for (var i = 0; i < options.Keep.Count; i++)
        {
            if (options.Keep[i] == number)
            {
                return i;
            }
        }

        return -1;
    }
}
