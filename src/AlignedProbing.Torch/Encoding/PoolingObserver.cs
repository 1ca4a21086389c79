using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Generation.Pooling;
using TorchSharp;

namespace AlignedProbing.Torch.Encoding;

/// <summary>
/// Pools the hidden states of a batch while its prompts are read and continued: of the prompt's text, of what surrounds it, and of the kept continuations.
/// </summary>
/// <param name="pooling">Pools.</param>
/// <param name="batch">Where the vectors go.</param>
/// <param name="options">What is pooled.</param>
/// <param name="keptTails">Of each tail its place among the kept continuations; -1: not kept.</param>
internal sealed class PoolingObserver(IStatePooling pooling, EncodedBatch batch, BatchEncoderOptions options, int[] keptTails) : TokenObserver
{
    public override void Begin(TokenPass pass)
    {
        var pooled = new List<PooledRows>();
        foreach (var segment in pass.Segments)
        {
            if (segment.Tokens.Tail < 0)
            {
                PlanPrompt(segment, pooled);
            }
            else
            {
                PlanTail(segment, pooled);
            }
        }

        pooling.Begin(pooled);
    }

    public override void OnStates(int layer, torch.Tensor states) => pooling.Add(layer, states);

    private void PlanPrompt(PassSegment segment, List<PooledRows> pooled)
    {
        var prompt = batch.Prompts[segment.Tokens.Prompt];
        Pool(batch.Input, prompt.SpanStart, prompt.SpanEnd);
        Pool(batch.Instruction, 0, prompt.SpanStart);
        Pool(batch.Instruction, prompt.SpanEnd, prompt.Ids.Length);

        void Pool(PooledVectors vectors, int start, int end)
        {
            var (first, last) = (Math.Max(start, segment.From), Math.Min(end, segment.From + segment.Tokens.Ids.Length));
            if (first < last)
            {
                pooled.Add(new PooledRows(vectors, segment.Tokens.Prompt, segment.Row + first - segment.From, last - first, first));
            }
        }
    }

    private void PlanTail(PassSegment segment, List<PooledRows> pooled)
    {
        var kept = keptTails[segment.Tokens.Tail];
        var length = batch.Prompts[segment.Tokens.Prompt].Ids.Length;
        var end = segment.From + segment.Tokens.Ids.Length;
        // As the paper's scripts have it: not the last token's state, and no more states than the prompt has tokens.
        end = options.Reference ? Math.Min(end, Math.Min(options.MaxNewTokens - 1, length)) : end;
        if (kept >= 0 && segment.From < end)
        {
            var target = (segment.Tokens.Prompt * options.Keep.Count) + kept;
            pooled.Add(new PooledRows(batch.Output, target, segment.Row, end - segment.From, length + segment.From));
        }
    }
}
