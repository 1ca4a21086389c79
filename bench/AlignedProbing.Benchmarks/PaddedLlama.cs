using System.Text.Json;
using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using static TorchSharp.torch;

namespace AlignedProbing.Benchmarks;

/// <summary>
/// A Llama with tied embeddings as Hugging Face's <c>generate</c> runs it with eager attention, on this program's own libtorch: the steps of
/// bench/python/generate.py. Prompts padded on the left and
/// repeated for each sample, a cache that grows by concatenation, keys and values repeated for the query heads, top-p by a full sort, all states of all steps
/// kept until they are pooled.
/// </summary>
internal sealed class PaddedLlama : IDisposable
{
    private readonly Dictionary<string, Tensor> _weights = new(StringComparer.Ordinal);
    private readonly ModelSizes _sizes;
    private readonly double _epsilon;
    private readonly Tensor _frequencies;

    public PaddedLlama(string folder, ModelSizes sizes)
    {
        _sizes = sizes;
        using var config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "config.json")));
        var theta = config.RootElement.GetProperty("rope_theta").GetDouble();
        _epsilon = config.RootElement.GetProperty("rms_norm_eps").GetDouble();
        using var checkpoint = Checkpoint.Open(folder);
        foreach (var stored in checkpoint.Tensors)
        {
            using var mapped = checkpoint.Take(stored.Name, [.. stored.Shape]);
            _weights[stored.Name["model.".Length..]] = mapped.to(ScalarType.Float32).clone();
        }

        _frequencies = tensor(
            [.. Enumerable.Range(0, sizes.HeadSize / 2).Select(i => (float)Math.Pow(theta, -2.0 * i / sizes.HeadSize))],
            [1, 1, sizes.HeadSize / 2]);
    }

    /// <summary>Continues a batch of prompts and pools.</summary>
    /// <returns>Tokens generated, and the means of the prompts [layers, prompts, width].</returns>
    public (int Tokens, float[] Inputs) Run(IReadOnlyList<int[]> prompts, int samples, int newTokens, double topP, IReadOnlyList<int> end)
    {
        using var mode = no_grad();
        using var scope = NewDisposeScope();
        var (rows, length) = (prompts.Count * samples, prompts.Max(prompt => prompt.Length));
        var (padded, mask) = (new long[rows * length], new long[rows * length]);
        Array.Fill(padded, end[0]);
        for (var row = 0; row < rows; row++)
        {
            var prompt = prompts[row / samples];
            for (var i = 0; i < prompt.Length; i++)
            {
                var at = ((row + 1) * length) - prompt.Length + i;
                (padded[at], mask[at]) = (prompt[i], 1);
            }
        }

        var (ids, seen, unfinished) = (tensor(padded, [rows, length]), tensor(mask, [rows, length]), ones(rows, ScalarType.Int64));
        var cache = new (Tensor Keys, Tensor Values)?[_sizes.Blocks];
        var hidden = new List<Tensor[]>();
        var made = new List<long[]>();
        while (made.Count < newTokens && unfinished.max().item<long>() > 0)
        {
            using var step = NewDisposeScope();
            var positions = Ops.MaskedFill(Ops.Add(seen.cumsum(-1), -1), Ops.EqualTo(seen, 0), 1);
            var (input, at) = hidden.Count == 0 ? (ids, positions) : (ids.narrow(1, ids.size(1) - 1, 1), positions.narrow(1, positions.size(1) - 1, 1));
            var (logits, states) = Forward(input, seen, at, cache);
            hidden.Add([.. states.Select(state => state.MoveToOuterDisposeScope())]);
            var token = multinomial(Filter(logits.clone(), topP).softmax(-1), 1).squeeze(1);
            token = Ops.MaskedFill(token, Ops.EqualTo(unfinished, 0), end[0]);
            foreach (var id in end)
            {
                unfinished = Ops.MaskedFill(unfinished, Ops.EqualTo(token, id), 0);
            }

            made.Add(token.data<long>().ToArray());
            ids = cat([ids, token.unsqueeze(1)], -1).MoveToOuterDisposeScope();
            seen = cat([seen, ones(rows, 1, ScalarType.Int64)], -1).MoveToOuterDisposeScope();
            unfinished = unfinished.MoveToOuterDisposeScope();
        }

        foreach (var block in cache)
        {
            block?.Keys.Dispose();
            block?.Values.Dispose();
        }

        var lengths = Enumerable.Range(0, rows).Select(row => made.TakeWhile(step => !end.Contains((int)step[row])).Count()).ToArray();
        return (lengths.Sum(), Pool(hidden, tensor(mask, [rows, length]), lengths, samples));
    }

    public void Dispose()
    {
        _frequencies.Dispose();
        foreach (var weight in _weights.Values)
        {
            weight.Dispose();
        }
    }

    private static float[] Pool(List<Tensor[]> hidden, Tensor mask, int[] lengths, int samples)
    {
        var every = Ops.Range(0, mask.size(0), samples);
        var weights = mask.index_select(0, every).unsqueeze(-1).to(ScalarType.Float32);
        var inputs = stack([.. hidden[0].Select(states => states.index_select(0, every).mul(weights).sum(1).div(weights.sum(1)))]);
        if (hidden.Count > 1)
        {
            var steps = hidden.Count - 1;
            var kept = tensor(
                [.. lengths.SelectMany(length => Enumerable.Range(0, steps).Select(step => step < length ? 1f : 0f))],
                [lengths.Length, steps, 1]);
            for (var layer = 0; layer < hidden[0].Length; layer++)
            {
                using var scope = NewDisposeScope();
                cat([.. hidden.Skip(1).Select(states => states[layer])], 1).mul(kept).sum(1).div(kept.sum(1));
            }
        }

        return TensorMemory.Span<float>(inputs.contiguous()).ToArray();
    }

    private static Tensor Filter(Tensor scores, double topP)
    {
        var (ordered, places) = sort(scores, -1, false);
        var removed = ordered.softmax(-1).cumsum(-1).le(tensor((float)(1 - topP)));
        Ops.FillInPlace(removed.narrow(1, removed.size(1) - 1, 1), 0);
        return Ops.MaskedFill(scores, removed.scatter(1, places, removed), double.NegativeInfinity);
    }

    private static Tensor RotateHalf(Tensor x)
    {
        var half = x.size(-1) / 2;
        return cat([x.narrow(-1, half, half).neg(), x.narrow(-1, 0, half)], -1);
    }

    private (Tensor Logits, Tensor[] States) Forward(Tensor ids, Tensor seen, Tensor positions, (Tensor Keys, Tensor Values)?[] cache)
    {
        using var scope = NewDisposeScope();
        var (rows, width, columns) = (ids.size(0), ids.size(1), seen.size(1));
        var x = _weights["embed_tokens.weight"].index_select(0, ids.reshape(-1)).view(rows, width, _sizes.Width);
        var visible = Ops.Range(0, columns)
            .unsqueeze(0)
            .le(Ops.Range(columns - width, columns).unsqueeze(1))
            .unsqueeze(0)
            .unsqueeze(0)
            .logical_and(seen.to(ScalarType.Bool).unsqueeze(1).unsqueeze(1));
        var mask = Ops.MaskedFill(zeros(rows, 1, width, columns), visible.logical_not(), float.MinValue);
        var turned = positions.unsqueeze(-1).to(ScalarType.Float32).mul(_frequencies);
        turned = cat([turned, turned], -1).unsqueeze(1);
        var (cosine, sine) = (turned.cos(), turned.sin());
        var states = new Tensor[_sizes.HiddenStates];
        for (var block = 0; block < _sizes.Blocks; block++)
        {
            states[block] = x.MoveToOuterDisposeScope();
            using var inner = NewDisposeScope();
            var prefix = $"layers.{block}";
            x = Ops.Add(x, Attention(Norm(x, $"{prefix}.input_layernorm"), block, (cosine, sine), mask, cache));
            var normed = Norm(x, $"{prefix}.post_attention_layernorm");
            x = Ops.Add(
                    x,
                    Linear(
                        nn.functional.silu(Linear(normed, $"{prefix}.mlp.gate_proj")).mul(Linear(normed, $"{prefix}.mlp.up_proj")),
                        $"{prefix}.mlp.down_proj"))
                .MoveToOuterDisposeScope();
        }

        states[^1] = Norm(x, "norm").MoveToOuterDisposeScope();
        return (nn.functional.linear(states[^1].narrow(1, width - 1, 1), _weights["embed_tokens.weight"]).squeeze(1).MoveToOuterDisposeScope(), states);
    }

    private Tensor Attention(Tensor x, int block, (Tensor Cosine, Tensor Sine) angles, Tensor mask, (Tensor Keys, Tensor Values)?[] cache)
    {
        var (rows, width, size, groups) = (x.size(0), x.size(1), _sizes.HeadSize, _sizes.QueryHeads / _sizes.KeyValueHeads);
        var (query, key, value) = (Rotated(Heads("q")), Rotated(Heads("k")), Heads("v"));
        if (cache[block] is { } before)
        {
            (key, value) = (cat([before.Keys, key], -2), cat([before.Values, value], -2));
            before.Keys.Dispose();
            before.Values.Dispose();
        }

        cache[block] = (key.DetachFromDisposeScope(), value.DetachFromDisposeScope());
        var columns = key.size(2);
        var scores = Ops.MatrixProduct(query.reshape(rows * _sizes.QueryHeads, width, size), Repeated(key).transpose(1, 2))
            .view(rows, _sizes.QueryHeads, width, columns);
        var weights = Ops.Add(Ops.Scale(scores, 1 / Math.Sqrt(size)), mask).softmax(-1);
        var mixed = Ops.MatrixProduct(weights.view(rows * _sizes.QueryHeads, width, columns), Repeated(value)).view(rows, _sizes.QueryHeads, width, size);
        return Linear(mixed.transpose(1, 2).contiguous().reshape(rows, width, _sizes.QueryHeads * size), $"layers.{block}.self_attn.o_proj");

        Tensor Heads(string name) => Linear(x, $"layers.{block}.self_attn.{name}_proj").view(rows, width, -1, size).transpose(1, 2);

        Tensor Rotated(Tensor heads) => Ops.Add(heads.mul(angles.Cosine), RotateHalf(heads).mul(angles.Sine));

        Tensor Repeated(Tensor heads) =>
            heads.unsqueeze(2).expand(rows, _sizes.KeyValueHeads, groups, columns, size).reshape(rows * _sizes.QueryHeads, columns, size);
    }

    private Tensor Norm(Tensor x, string name) => Ops.RootMeanSquareNorm(x, _weights[$"{name}.weight"], _epsilon);

    private Tensor Linear(Tensor x, string name) => nn.functional.linear(x, _weights[$"{name}.weight"]);
}
