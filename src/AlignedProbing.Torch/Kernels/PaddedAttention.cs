using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Kernels;

/// <summary>
/// Attention in torch's own operators. Rows that share a prompt lie beside one another in a grid [prompts, rows], so that all meet their prompt's keys in one
/// product.
/// </summary>
internal sealed class PaddedAttention : IAttention
{
    private readonly PaddedMetadata _batch;
    private readonly PaddedCache _cache;
    private readonly PaddedSlots _slots;
    private readonly int _heads;
    private readonly int _group;
    private readonly int _size;

    public PaddedAttention(PaddedMetadata batch, KeyValueCache cache, ModelSizes sizes)
    {
        (_batch, _slots) = (batch, batch.Slots);
        (_heads, _group, _size) = (sizes.KeyValueHeads, sizes.QueryHeads / sizes.KeyValueHeads, sizes.HeadSize);
        _cache = (PaddedCache)(cache.Storage ??= new PaddedCache(_slots, sizes, batch.Device));
    }

    public torch.Tensor Attend(int block, in Heads query, in Heads key, in Heads value, in AttentionRule rule)
    {
        using var scope = torch.NewDisposeScope();
        var (promptKeys, promptValues, tailKeys, tailValues) = _cache.Blocks[block];
        if (_batch.HasPromptTokens)
        {
            Keep(_batch.OfPrompts, promptKeys, promptValues, key, value);
        }

        if (_batch.HasTails)
        {
            Keep(_batch.OfTails, tailKeys, tailValues, key, value);
        }

        var (tokens, prompts, rows) = (_batch.Batch.Tokens, _slots.Prompts, _batch.GridRows);
        var (rowOfCell, cellOfRow, tailOfRow) = (_batch.RowOfCell, _batch.CellOfRow, _batch.TailOfRow);
        var queries = Ops.Scale(query.View().contiguous(), rule.Scale).view(tokens, _heads, _group, _size);

        // Scores of the prompt's keys: [prompts, heads, rows * group, keys] back to [tokens, heads, group, keys].
        var own = Ops.Rows(queries, rowOfCell)
            .view(prompts, rows, _heads, _group, _size)
            .permute(0, 2, 1, 3, 4)
            .reshape(prompts * _heads, rows * _group, _size);
        var keys = promptKeys.view(prompts, _slots.PromptLength, _heads, _size).permute(0, 2, 3, 1).reshape(prompts * _heads, _size, _slots.PromptLength);
        var scores = FromGrid(Ops.MatrixProduct(own, keys), cellOfRow, _slots.PromptLength);
        if (_batch.HasTails)
        {
            var tails = OfRows(tailKeys, tailOfRow).permute(0, 2, 3, 1).reshape(tokens * _heads, _size, _slots.TailLength);
            scores = torch.cat(
                [scores, Ops.MatrixProduct(queries.view(tokens * _heads, _group, _size), tails).view(tokens, _heads, _group, _slots.TailLength)],
                3);
        }

        if (rule.SoftCap is { } cap)
        {
            scores = TorchKernels.Capped(scores, cap);
        }

        var weights = torch.softmax(Ops.MaskedFill(scores, _batch.Hidden(rule.Window), double.NegativeInfinity), -1);
        var promptWeights = Ops.Rows(weights.narrow(3, 0, _slots.PromptLength).contiguous(), rowOfCell);
        var spread = promptWeights
            .view(prompts, rows, _heads, _group, _slots.PromptLength)
            .permute(0, 2, 1, 3, 4)
            .reshape(prompts * _heads, rows * _group, _slots.PromptLength);
        var promptMix = promptValues
            .view(prompts, _slots.PromptLength, _heads, _size)
            .permute(0, 2, 1, 3)
            .reshape(prompts * _heads, _slots.PromptLength, _size);
        var mixed = FromGrid(Ops.MatrixProduct(spread, promptMix), cellOfRow, _size);
        if (_batch.HasTails)
        {
            var tailWeights = weights.narrow(3, _slots.PromptLength, _slots.TailLength).reshape(tokens * _heads, _group, _slots.TailLength);
            var tails = OfRows(tailValues, tailOfRow).permute(0, 2, 1, 3).reshape(tokens * _heads, _slots.TailLength, _size);
            mixed = Ops.Add(mixed, Ops.MatrixProduct(tailWeights, tails).view(tokens, _heads, _group, _size));
        }

        return mixed.reshape(tokens, _heads * _group * _size).MoveToOuterDisposeScope();
    }

    private static void Keep((torch.Tensor Rows, torch.Tensor Slots) where, torch.Tensor keys, torch.Tensor values, in Heads key, in Heads value)
    {
        keys.index_copy_(0, where.Slots, Ops.Rows(key.View(), where.Rows));
        values.index_copy_(0, where.Slots, Ops.Rows(value.View(), where.Rows));
    }

    /// <summary>The keys or values of each row's tail [tokens, length, heads, size].</summary>
    private torch.Tensor OfRows(torch.Tensor tails, torch.Tensor tailOfRow) => Ops.Rows(tails.view(_slots.Tails, _slots.TailLength, _heads, _size), tailOfRow);

    private torch.Tensor FromGrid(torch.Tensor grid, torch.Tensor cellOfRow, int columns) =>
        Ops.Rows(
            grid.view(_slots.Prompts, _heads, _batch.GridRows, _group, columns)
                .permute(0, 2, 1, 3, 4)
                .reshape(_slots.Prompts * _batch.GridRows, _heads, _group, columns),
            cellOfRow);
}
