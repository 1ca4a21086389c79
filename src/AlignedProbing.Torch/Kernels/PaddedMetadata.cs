using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Kernels;

/// <summary>Slots of a cache in which every prompt has as much room as the longest, and every tail too.</summary>
/// <param name="Prompts">Number of prompts.</param>
/// <param name="PromptLength">Tokens that a prompt has room for, at least 1.</param>
/// <param name="Tails">Number of tails.</param>
/// <param name="TailLength">Tokens that a tail has room for.</param>
internal readonly record struct PaddedSlots(int Prompts, int PromptLength, int Tails, int TailLength)
{
    /// <summary>The slots of a cache.</summary>
    public static PaddedSlots Of(KeyValueCache cache) =>
        new(
            cache.Layout.Prompts.Count,
            Math.Max(1, cache.Layout.Prompts.Max(prompt => prompt.Capacity)),
            cache.Layout.Tails,
            cache.TailCapacities.Append(0).Max());
}

/// <summary>
/// What attention in torch's own operators needs beside: where keys and values go, how rows lie in a grid [prompts, rows] in which those that share a prompt
/// are beside one another, which keys a row sees, and the cosines and sines that turn heads.
/// </summary>
internal sealed class PaddedMetadata : BatchMetadata
{
    private readonly Dictionary<RotaryEmbedding, torch.Tensor> _angles = [];
    private readonly Dictionary<(int? Window, int? Chunk), torch.Tensor> _hidden = [];
    private torch.Tensor? _distances;

    public PaddedMetadata(TokenBatch batch, KeyValueCache cache, torch.Device device)
        : this(batch, device, PaddedSlots.Of(cache))
    {
    }

    private PaddedMetadata(TokenBatch batch, torch.Device device, PaddedSlots slots)
        : base(batch, device, Lists(batch, slots))
    {
        Slots = slots;
        GridRows = batch.PromptOfRow.CountBy(prompt => prompt).Max(prompt => prompt.Value);
        HasPromptTokens = batch.TailOfRow.Any(tail => tail < 0);
        HasTails = batch.TailOfRow.Any(tail => tail >= 0);
    }

    /// <summary>The cache's slots.</summary>
    public PaddedSlots Slots { get; }

    /// <summary>Rows of the grid.</summary>
    public int GridRows { get; }

    /// <summary>Whether a prompt's own tokens are in the batch.</summary>
    public bool HasPromptTokens { get; }

    /// <summary>Whether a tail's tokens are in the batch.</summary>
    public bool HasTails { get; }

    /// <summary>Rows of prompts' own tokens, and the slots of their keys.</summary>
    public (torch.Tensor Rows, torch.Tensor Slots) OfPrompts => (More(0), More(1));

    /// <summary>Rows of tails' tokens, and the slots of their keys.</summary>
    public (torch.Tensor Rows, torch.Tensor Slots) OfTails => (More(2), More(3));

    /// <summary>The row in each cell of the grid, [prompts * rows]; 0 where it is empty.</summary>
    public torch.Tensor RowOfCell => More(4);

    /// <summary>The cell of each row [tokens].</summary>
    public torch.Tensor CellOfRow => More(5);

    /// <summary>The tail of each row [tokens]; 0 for a prompt's.</summary>
    public torch.Tensor TailOfRow => More(6);

    /// <summary>Cosines [tokens, 1, half] and sines of a rotary embedding, copied once a pass. They belong to the caller's scope.</summary>
    public (torch.Tensor Cosine, torch.Tensor Sine) Angles(RotaryEmbedding rotary)
    {
        if (!_angles.TryGetValue(rotary, out var both))
        {
            var (tokens, half) = (Batch.Tokens, rotary.Half);
            var (angles, values) = (rotary.Angles(Batch), new float[2 * tokens * half]);
            for (var row = 0; row < tokens; row++)
            {
                Array.Copy(angles.Cosine, angles.Rows[row] * half, values, row * half, half);
                Array.Copy(angles.Sine, angles.Rows[row] * half, values, (tokens + row) * half, half);
            }

            both = DeviceCopies.ToDevice(values, [2, tokens, 1, half], Device).DetachFromDisposeScope();
            _angles.Add(rotary, both);
        }

        return (both.select(0, 0), both.select(0, 1));
    }

    /// <summary>
    /// Keys that rows do not see, bool [tokens, 1, 1, keys]: a prompt's slots, then, where tails are in the batch, a tail's. The metadata keeps it.
    /// </summary>
    /// <param name="rule">Its window and chunk say which keys a token sees.</param>
    public torch.Tensor Hidden(in AttentionRule rule)
    {
        var (window, chunk) = (rule.Window, rule.Chunk);
        if (!_hidden.TryGetValue((window, chunk), out var hidden))
        {
            using var scope = torch.NewDisposeScope();
            var promptKeys = More(7).unsqueeze(1);
            var first = window is { } size ? Ops.Add(Positions.unsqueeze(1), Ops.Full([1], 1 - size, torch.ScalarType.Int64, Device)) : null;
            if (chunk is { } tokens)
            {
                var positions = Positions.unsqueeze(1);
                var ofChunk = Ops.Add(positions, positions.remainder(Ops.Full([1], tokens, torch.ScalarType.Int64, Device)).neg());
                first = first is null ? ofChunk : torch.maximum(first, ofChunk);
            }

            hidden = Outside(Slots.PromptLength, first, promptKeys);
            if (HasTails)
            {
                hidden = torch.cat([hidden, Outside(Slots.TailLength, first is null ? null : Ops.Add(first, promptKeys.neg()), More(8).unsqueeze(1))], 1);
            }

            hidden = hidden.unsqueeze(1).unsqueeze(1).DetachFromDisposeScope();
            _hidden.Add((window, chunk), hidden);
        }

        return hidden;

        torch.Tensor Outside(int keys, torch.Tensor? from, torch.Tensor to)
        {
            var number = Ops.Range(0, keys, device: Device).unsqueeze(0);
            return from is null ? number.ge(to) : number.ge(to).bitwise_or(number.lt(from));
        }
    }

    /// <summary>Position of each key less the row's, float32 [tokens, 1, 1, keys], laid out as <see cref="Hidden"/>. The metadata keeps it.</summary>
    public torch.Tensor Distances()
    {
        if (_distances is null)
        {
            using var scope = torch.NewDisposeScope();
            var back = Positions.unsqueeze(1).neg();
            var distances = Ops.Add(Ops.Range(0, Slots.PromptLength, device: Device).unsqueeze(0), back);
            if (HasTails)
            {
                var ofTails = Ops.Add(Ops.Range(0, Slots.TailLength, device: Device).unsqueeze(0), More(7).unsqueeze(1));
                distances = torch.cat([distances, Ops.Add(ofTails, back)], 1);
            }

            _distances = distances.to(torch.ScalarType.Float32).unsqueeze(1).unsqueeze(1).DetachFromDisposeScope();
        }

        return _distances;
    }

    protected override void Dispose(bool disposing)
    {
        foreach (var tensor in _angles.Values.Concat(_hidden.Values))
        {
            tensor.Dispose();
        }

        _distances?.Dispose();
        base.Dispose(disposing);
    }

    private static IReadOnlyList<long>[] Lists(TokenBatch batch, PaddedSlots slots)
    {
        var (promptRows, promptSlots, tailRows, tailSlots) = (new List<long>(), new List<long>(), new List<long>(), new List<long>());
        var rows = batch.PromptOfRow.CountBy(prompt => prompt).Max(prompt => prompt.Value);
        var (rowOfCell, cellOfRow, used) = (new long[slots.Prompts * rows], new long[batch.Tokens], new int[slots.Prompts]);
        for (var row = 0; row < batch.Tokens; row++)
        {
            var (prompt, tail) = (batch.PromptOfRow[row], batch.TailOfRow[row]);
            (tail < 0 ? promptRows : tailRows).Add(row);
            (tail < 0 ? promptSlots : tailSlots).Add(
                tail < 0 ? ((long)prompt * slots.PromptLength) + batch.PromptKeys[row] - 1 : ((long)tail * slots.TailLength) + batch.TailKeys[row] - 1);
            var cell = (prompt * rows) + used[prompt]++;
            (rowOfCell[cell], cellOfRow[row]) = (row, cell);
        }

        return
        [
            promptRows, promptSlots, tailRows, tailSlots, rowOfCell, cellOfRow,
            Array.ConvertAll(batch.TailOfRow, tail => (long)Math.Max(tail, 0)),
            Array.ConvertAll(batch.PromptKeys, keys => (long)keys),
            Array.ConvertAll(batch.TailKeys, keys => (long)keys),
        ];
    }
}
