using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Models.Kernels;

/// <summary>The kernels for any device, in torch's own operators. Rows are batched as the device likes it, so results agree with the CPU's to rounding, not to the bit.</summary>
internal sealed class TorchKernels : ModelKernels
{
    private TorchKernels()
    {
    }

    /// <summary>The only one.</summary>
    public static TorchKernels Instance { get; } = new();

    /// <inheritdoc/>
    public override torch.Tensor RmsNorm(torch.Tensor rows, torch.Tensor weight, float epsilon) => Ops.RootMeanSquareNorm(rows, weight, epsilon);

    /// <inheritdoc/>
    public override void NormHeads(in Heads heads, torch.Tensor weight, float epsilon)
    {
        using var scope = torch.NewDisposeScope();
        var view = View(heads);
        view.copy_(Ops.RootMeanSquareNorm(view, weight, epsilon));
    }

    /// <inheritdoc/>
    public override void Clamp(torch.Tensor rows, float limit)
    {
        using var scope = torch.NewDisposeScope();
        rows.copy_(Ops.Clamp(rows, -limit, limit));
    }

    /// <inheritdoc/>
    public override void Scale(torch.Tensor rows, float factor)
    {
        using var scope = torch.NewDisposeScope();
        Ops.ScaleInPlace(rows, factor);
    }

    /// <inheritdoc/>
    public override void SoftCap(torch.Tensor rows, float cap)
    {
        using var scope = torch.NewDisposeScope();
        rows.copy_(Capped(rows, cap));
    }

    /// <inheritdoc/>
    public override torch.Tensor LayerNorm(torch.Tensor rows, LayerNormWeights norm) =>
        torch.nn.functional.layer_norm(rows, [rows.size(1)], norm.Weight, norm.Bias, norm.Epsilon);

    /// <inheritdoc/>
    public override void Activate(torch.Tensor rows, Activation activation)
    {
        using var scope = torch.NewDisposeScope();
        rows.copy_(activation switch
        {
            Activation.Relu => torch.nn.functional.relu(rows),
            Activation.Gelu => torch.nn.functional.gelu(rows),
            Activation.GeluTanh => GeluTanh(rows),
            _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "Not an activation."),
        });
    }

    /// <inheritdoc/>
    public override void Add(torch.Tensor stream, torch.Tensor branch)
    {
        using var scope = torch.NewDisposeScope();
        Ops.AddInPlace(stream, branch);
    }

    /// <inheritdoc/>
    public override void AddWeighted(torch.Tensor target, torch.Tensor addend, long[] rows, float[] weights)
    {
        using var scope = torch.NewDisposeScope();
        var indices = torch.tensor(rows, device: target.device);
        var sum = Ops.Add(target.index_select(0, indices), addend.mul(torch.tensor(weights, [weights.Length, 1], device: target.device)));
        target.index_copy_(0, indices, sum);
    }

    /// <inheritdoc/>
    public override torch.Tensor SwiGlu(torch.Tensor gateAndUp)
    {
        using var scope = torch.NewDisposeScope();
        var width = gateAndUp.size(1) / 2;
        return torch.nn.functional.silu(gateAndUp.narrow(1, 0, width)).mul(gateAndUp.narrow(1, width, width)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override torch.Tensor GeGlu(torch.Tensor gateAndUp)
    {
        using var scope = torch.NewDisposeScope();
        var width = gateAndUp.size(1) / 2;
        return GeluTanh(gateAndUp.narrow(1, 0, width)).mul(gateAndUp.narrow(1, width, width)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override void Rotate(in Heads heads, RotaryEmbedding rotary, TokenBatch batch)
    {
        using var scope = torch.NewDisposeScope();
        var (tokens, half) = (batch.Tokens, rotary.Half);
        var angles = rotary.Angles(batch);
        var (cosines, sines) = (new float[tokens * half], new float[tokens * half]);
        for (var row = 0; row < tokens; row++)
        {
            Array.Copy(angles.Cosine, angles.Rows[row] * half, cosines, row * half, half);
            Array.Copy(angles.Sine, angles.Rows[row] * half, sines, row * half, half);
        }

        var device = heads.Rows.device;
        var cosine = torch.tensor(cosines, [tokens, 1, half], device: device);
        var sine = torch.tensor(sines, [tokens, 1, half], device: device);
        var turned = View(heads);
        var left = turned.narrow(2, 0, half);
        var right = turned.narrow(2, half, half);
        var newLeft = Ops.Subtract(left.mul(cosine), right.mul(sine));
        var newRight = Ops.Add(right.mul(cosine), left.mul(sine));
        left.copy_(newLeft);
        right.copy_(newRight);
    }

    /// <inheritdoc/>
    public override IAttention Attention(TokenBatch batch, KeyValueCache cache, ModelSizes sizes) => new PaddedAttention(batch, cache, sizes);

    private static torch.Tensor Capped(torch.Tensor scores, float cap) => Ops.Scale(Ops.Scale(scores, 1.0 / cap).tanh(), cap);

    private static torch.Tensor GeluTanh(torch.Tensor x)
    {
        var inner = Ops.Scale(Ops.AddScaled(x, x.mul(x).mul(x), 0.044715), Math.Sqrt(2 / Math.PI));
        return Ops.Scale(x, 0.5).mul(Ops.Add(inner.tanh(), 1));
    }

    /// <summary>Columns of heads as a view [tokens, count, size].</summary>
    private static torch.Tensor View(in Heads heads) => heads.Rows.narrow(1, heads.First, heads.Count * heads.Size).unflatten(1, heads.Count, heads.Size);

    /// <summary>Keys and values of all blocks, padded: prompts [prompts * length, heads, size], tails [tails * length, heads, size].</summary>
    private sealed class PaddedCache : IDisposable
    {
        public PaddedCache(KeyValueCache cache, ModelSizes sizes, torch.Device device)
        {
            PromptLength = Math.Max(1, cache.Layout.Prompts.Max(prompt => prompt.Capacity));
            TailLength = cache.TailCapacities.Append(0).Max();
            Blocks = new (torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor)[sizes.Blocks];
            for (var block = 0; block < Blocks.Length; block++)
            {
                Blocks[block] = (Make(cache.Layout.Prompts.Count * PromptLength), Make(cache.Layout.Prompts.Count * PromptLength), Make(cache.Layout.Tails * TailLength), Make(cache.Layout.Tails * TailLength));
            }

            torch.Tensor Make(int rows) => torch.zeros(rows, sizes.KeyValueHeads, sizes.HeadSize, dtype: torch.ScalarType.Float32, device: device).DetachFromDisposeScope();
        }

        public int PromptLength { get; }

        public int TailLength { get; }

        public (torch.Tensor PromptKeys, torch.Tensor PromptValues, torch.Tensor TailKeys, torch.Tensor TailValues)[] Blocks { get; }

        public void Dispose()
        {
            foreach (var (promptKeys, promptValues, tailKeys, tailValues) in Blocks)
            {
                promptKeys.Dispose();
                promptValues.Dispose();
                tailKeys.Dispose();
                tailValues.Dispose();
            }
        }
    }

    /// <summary>Rows that share a prompt lie beside one another in a grid [prompts, rows], so that all meet their prompt's keys in one product.</summary>
    private sealed class PaddedAttention(TokenBatch batch, KeyValueCache cache, ModelSizes sizes) : IAttention
    {
        private readonly int _prompts = cache.Layout.Prompts.Count;
        private readonly int _group = sizes.QueryHeads / sizes.KeyValueHeads;

        public torch.Tensor Attend(int block, in Heads query, in Heads key, in Heads value, in AttentionRule rule)
        {
            using var scope = torch.NewDisposeScope();
            var device = query.Rows.device;
            cache.Storage ??= new PaddedCache(cache, sizes, device);
            var storage = (PaddedCache)cache.Storage;
            var (promptKeys, promptValues, tailKeys, tailValues) = storage.Blocks[block];
            var (promptRows, promptSlots, tailRows, tailSlots) = Slots(storage);
            Keep(promptRows, promptSlots, promptKeys, promptValues, key, value);
            Keep(tailRows, tailSlots, tailKeys, tailValues, key, value);

            var (heads, size, tokens) = (sizes.KeyValueHeads, sizes.HeadSize, batch.Tokens);
            var queries = Ops.Scale(View(query).contiguous(), rule.Scale).view(tokens, heads, _group, size);
            var (toGrid, fromGrid, rows) = Grid();
            var gridOfRow = torch.tensor(fromGrid, device: device);
            var rowOfGrid = torch.tensor(toGrid, device: device);

            // Scores of the prompt's keys: [prompts, heads, rows * group, keys] back to [tokens, heads, group, keys].
            var own = queries.index_select(0, rowOfGrid).view(_prompts, rows, heads, _group, size).permute(0, 2, 1, 3, 4).reshape(_prompts * heads, rows * _group, size);
            var keys = promptKeys.view(_prompts, storage.PromptLength, heads, size).permute(0, 2, 3, 1).reshape(_prompts * heads, size, storage.PromptLength);
            var promptScores = FromGrid(Ops.MatrixProduct(own, keys), gridOfRow, rows, storage.PromptLength);
            var (cap, firstSeen) = (rule.SoftCap, Array.ConvertAll(batch.Positions, rule.FirstSeen));
            var scores = Masked(promptScores, batch.PromptKeys, firstSeen, cap, device);
            var withTails = storage.TailLength > 0 && batch.TailOfRow.Any(tail => tail >= 0);
            var tailOfRow = torch.tensor(batch.TailOfRow.Select(tail => (long)Math.Max(tail, 0)).ToArray(), device: device);
            if (withTails)
            {
                var tails = OfRows(tailKeys, tailOfRow, storage).permute(0, 2, 3, 1).reshape(tokens * heads, size, storage.TailLength);
                var tailScores = Ops.MatrixProduct(queries.view(tokens * heads, _group, size), tails).view(tokens, heads, _group, storage.TailLength);
                scores = torch.cat([scores, Masked(tailScores, batch.TailKeys, [.. firstSeen.Select((first, row) => first - batch.PromptKeys[row])], cap, device)], 3);
            }

            var weights = torch.softmax(scores, -1);
            var promptWeights = weights.narrow(3, 0, storage.PromptLength).contiguous().index_select(0, rowOfGrid);
            var spread = promptWeights.view(_prompts, rows, heads, _group, storage.PromptLength).permute(0, 2, 1, 3, 4).reshape(_prompts * heads, rows * _group, storage.PromptLength);
            var promptMix = promptValues.view(_prompts, storage.PromptLength, heads, size).permute(0, 2, 1, 3).reshape(_prompts * heads, storage.PromptLength, size);
            var mixed = FromGrid(Ops.MatrixProduct(spread, promptMix), gridOfRow, rows, size);
            if (withTails)
            {
                var tailWeights = weights.narrow(3, storage.PromptLength, storage.TailLength).reshape(tokens * heads, _group, storage.TailLength);
                var tails = OfRows(tailValues, tailOfRow, storage).permute(0, 2, 1, 3).reshape(tokens * heads, storage.TailLength, size);
                mixed = Ops.Add(mixed, Ops.MatrixProduct(tailWeights, tails).view(tokens, heads, _group, size));
            }

            return mixed.reshape(tokens, heads * _group * size).MoveToOuterDisposeScope();
        }

        private static void Keep(long[] rows, long[] slots, torch.Tensor keys, torch.Tensor values, in Heads key, in Heads value)
        {
            if (rows.Length > 0)
            {
                var (from, to) = (torch.tensor(rows, device: keys.device), torch.tensor(slots, device: keys.device));
                keys.index_copy_(0, to, View(key).index_select(0, from));
                values.index_copy_(0, to, View(value).index_select(0, from));
            }
        }

        private torch.Tensor OfRows(torch.Tensor tails, torch.Tensor tailOfRow, PaddedCache storage) =>
            tails.view(cache.Layout.Tails, storage.TailLength, sizes.KeyValueHeads, sizes.HeadSize).index_select(0, tailOfRow);

        private torch.Tensor FromGrid(torch.Tensor grid, torch.Tensor gridOfRow, int rows, int columns) =>
            grid.view(_prompts, sizes.KeyValueHeads, rows, _group, columns).permute(0, 2, 1, 3, 4).reshape(_prompts * rows, sizes.KeyValueHeads, _group, columns).index_select(0, gridOfRow);

        /// <summary>Scores, bent by the cap where there is one; those of keys that a row does not see, before the first or from the end on, become negative infinity.</summary>
        private static torch.Tensor Masked(torch.Tensor scores, int[] end, int[] first, float? cap, torch.Device device)
        {
            var keys = Ops.Range(0, scores.size(3), device: device).unsqueeze(0);
            var hidden = keys.ge(Column(end)).logical_or(keys.lt(Column(first)));
            return Ops.MaskedFill(cap is { } limit ? Capped(scores, limit) : scores, hidden.unsqueeze(1).unsqueeze(1), double.NegativeInfinity);

            torch.Tensor Column(int[] values) => torch.tensor(values.Select(value => (long)value).ToArray(), [values.Length, 1], device: device);
        }

        private (long[] PromptRows, long[] PromptSlots, long[] TailRows, long[] TailSlots) Slots(PaddedCache storage)
        {
            var (promptRows, promptSlots, tailRows, tailSlots) = (new List<long>(), new List<long>(), new List<long>(), new List<long>());
            for (var row = 0; row < batch.Tokens; row++)
            {
                if (batch.TailOfRow[row] < 0)
                {
                    promptRows.Add(row);
                    promptSlots.Add(((long)batch.PromptOfRow[row] * storage.PromptLength) + batch.PromptKeys[row] - 1);
                }
                else
                {
                    tailRows.Add(row);
                    tailSlots.Add(((long)batch.TailOfRow[row] * storage.TailLength) + batch.TailKeys[row] - 1);
                }
            }

            return ([.. promptRows], [.. promptSlots], [.. tailRows], [.. tailSlots]);
        }

        private (long[] RowOfGrid, long[] GridOfRow, int Rows) Grid()
        {
            var counts = new int[_prompts];
            foreach (var prompt in batch.PromptOfRow)
            {
                counts[prompt]++;
            }

            var rows = counts.Max();
            var (rowOfGrid, gridOfRow) = (new long[_prompts * rows], new long[batch.Tokens]);
            Array.Clear(counts);
            for (var row = 0; row < batch.Tokens; row++)
            {
                var cell = (batch.PromptOfRow[row] * rows) + counts[batch.PromptOfRow[row]]++;
                rowOfGrid[cell] = row;
                gridOfRow[row] = cell;
            }

            return (rowOfGrid, gridOfRow, rows);
        }
    }
}
