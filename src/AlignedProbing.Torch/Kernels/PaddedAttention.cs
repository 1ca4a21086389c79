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
    private readonly IReadOnlyList<BlockShape> _blocks;

    public PaddedAttention(PaddedMetadata batch, KeyValueCache cache, IReadOnlyList<BlockShape> blocks)
    {
        (_batch, _slots, _blocks) = (batch, batch.Slots, blocks);
        _cache = (PaddedCache)(cache.Storage ??= new PaddedCache(_slots, blocks, batch.Device));
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

        return AttendKept(block, query, rule).MoveToOuterDisposeScope();
    }

    public torch.Tensor AttendKept(int block, in Heads query, in AttentionRule rule)
    {
        using var scope = torch.NewDisposeScope();
        var (_, heads, size, valueSize) = _blocks[block];
        var group = query.Count / heads;
        var (promptKeys, promptValues, tailKeys, tailValues) = _cache.Blocks[block];
        var (tokens, prompts, rows) = (_batch.Batch.Tokens, _slots.Prompts, _batch.GridRows);
        var (rowOfCell, cellOfRow, tailOfRow) = (_batch.RowOfCell, _batch.CellOfRow, _batch.TailOfRow);
        var queries = Ops.Scale(query.View().contiguous(), rule.Scale).view(tokens, heads, group, size);

        // Scores of the prompt's keys: [prompts, heads, rows * group, keys] back to [tokens, heads, group, keys].
        var own = Ops.Rows(queries, rowOfCell)
            .view(prompts, rows, heads, group, size)
            .permute(0, 2, 1, 3, 4)
            .reshape(prompts * heads, rows * group, size);
        var keys = promptKeys.view(prompts, _slots.PromptLength, heads, size).permute(0, 2, 3, 1).reshape(prompts * heads, size, _slots.PromptLength);
        var scores = FromGrid(Ops.MatrixProduct(own, keys), cellOfRow, heads, group);
        if (_batch.HasTails)
        {
            var tails = OfRows(tailKeys, tailOfRow, heads, size).permute(0, 2, 3, 1).reshape(tokens * heads, size, _slots.TailLength);
            scores = torch.cat(
                [scores, Ops.MatrixProduct(queries.view(tokens * heads, group, size), tails).view(tokens, heads, group, _slots.TailLength)],
                3);
        }

        if (rule.SoftCap is { } cap)
        {
            scores = TorchKernels.Capped(scores, cap);
        }

        if (rule.Slopes is { } slopes)
        {
            scores = Ops.Add(scores, _batch.Distances().mul(slopes.view(1, heads, group, 1)));
        }

        scores = Ops.MaskedFill(scores, _batch.Hidden(rule), double.NegativeInfinity);
        if (rule.Chosen is { } chosen)
        {
            scores = Ops.MaskedFill(scores, NotChosen(chosen, (int)scores.size(3)), double.NegativeInfinity);
        }

        if (rule.Sinks is { } sinks)
        {
            scores = torch.cat([scores, sinks.view(1, heads, group, 1).expand(tokens, -1, -1, -1)], 3);
        }

        var weights = torch.softmax(scores, -1);
        var promptWeights = Ops.Rows(weights.narrow(3, 0, _slots.PromptLength).contiguous(), rowOfCell);
        var spread = promptWeights
            .view(prompts, rows, heads, group, _slots.PromptLength)
            .permute(0, 2, 1, 3, 4)
            .reshape(prompts * heads, rows * group, _slots.PromptLength);
        var promptMix = promptValues
            .view(prompts, _slots.PromptLength, heads, valueSize)
            .permute(0, 2, 1, 3)
            .reshape(prompts * heads, _slots.PromptLength, valueSize);
        var mixed = FromGrid(Ops.MatrixProduct(spread, promptMix), cellOfRow, heads, group);
        if (_batch.HasTails)
        {
            var tailWeights = weights.narrow(3, _slots.PromptLength, _slots.TailLength).reshape(tokens * heads, group, _slots.TailLength);
            var tails = OfRows(tailValues, tailOfRow, heads, valueSize).permute(0, 2, 1, 3).reshape(tokens * heads, _slots.TailLength, valueSize);
            mixed = Ops.Add(mixed, Ops.MatrixProduct(tailWeights, tails).view(tokens, heads, group, valueSize));
        }

        return mixed.reshape(tokens, heads * group * valueSize).MoveToOuterDisposeScope();
    }

    /// <summary>Keys that rows have not chosen, bool [tokens, 1, 1, keys].</summary>
    private torch.Tensor NotChosen(KeyChoice chosen, int keys)
    {
        var batch = _batch.Batch;
        var hidden = new bool[batch.Tokens * keys];
        for (var row = 0; row < batch.Tokens; row++)
        {
            for (var key = 0; key < batch.PromptKeys[row] + batch.TailKeys[row]; key++)
            {
                var column = key < batch.PromptKeys[row] ? key : _slots.PromptLength + key - batch.PromptKeys[row];
                hidden[(row * keys) + column] = !chosen.Sees(row, key);
            }
        }

        return torch.tensor(hidden, [batch.Tokens, 1, 1, keys], device: _batch.Device);
    }

    private static void Keep((torch.Tensor Rows, torch.Tensor Slots) where, torch.Tensor keys, torch.Tensor values, in Heads key, in Heads value)
    {
        keys.index_copy_(0, where.Slots, Ops.Rows(key.View(), where.Rows));
        values.index_copy_(0, where.Slots, Ops.Rows(value.View(), where.Rows));
    }

    /// <summary>The keys or values of each row's tail [tokens, length, heads, size].</summary>
    private torch.Tensor OfRows(torch.Tensor tails, torch.Tensor tailOfRow, int heads, int size) =>
        Ops.Rows(tails.view(_slots.Tails, _slots.TailLength, heads, size), tailOfRow);

    private torch.Tensor FromGrid(torch.Tensor grid, torch.Tensor cellOfRow, int heads, int group) =>
        Ops.Rows(
            grid.view(_slots.Prompts, heads, _batch.GridRows, group, grid.size(2))
                .permute(0, 2, 1, 3, 4)
                .reshape(_slots.Prompts * _batch.GridRows, heads, group, grid.size(2)),
            cellOfRow);
}
