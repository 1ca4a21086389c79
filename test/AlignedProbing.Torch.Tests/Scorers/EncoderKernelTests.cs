using System.Numerics;
using AlignedProbing.Numerics;
using AlignedProbing.Torch.Kernels.Encoders;
using AlignedProbing.Torch.Models.Encoders;
using AlignedProbing.Torch.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Tests.Scorers;

/// <summary>The encoders' own arithmetic, against libtorch's and against sums written down plainly in float64.</summary>
public sealed class EncoderKernelTests
{
    [Fact]
    public void The_error_function_is_libtorchs()
    {
        using var scope = torch.NewDisposeScope();
        float[] at = [.. Enumerable.Range(-6000, 12001).Select(i => i / 1000f), -100, 100, float.Epsilon, -0f];
        var expected = TensorMemory.Span<float>(torch.tensor(at).to(torch.ScalarType.Float64).erf().to(torch.ScalarType.Float32));
        for (var i = 0; i < at.Length; i++)
        {
            var found = EncoderRows.Erf(Vector.Create(at[i]))[0];
            Assert.InRange(Math.Abs(found - expected[i]), 0, 4e-7 * Math.Abs(expected[i]));
        }
    }

    [Theory]
    [InlineData(16)]
    [InlineData(37)]
    public void Norms_and_activations_are_libtorchs_for_any_width(int width)
    {
        using var scope = torch.NewDisposeScope();
        var (x, branch) = (Random(5, width, 1), Random(5, width, 2));
        var norm = new LayerNorm(Random(1, width, 3).view(width), Random(1, width, 4).view(width), 1e-5f);
        var withoutBias = norm with { Bias = null };
        Near(torch.nn.functional.layer_norm(x, [width], norm.Weight, norm.Bias, 1e-5), EncoderPass.Normed(x, norm));
        Near(torch.nn.functional.layer_norm(x, [width], norm.Weight, null, 1e-5), EncoderPass.Normed(x, withoutBias));
        var sum = x.clone();
        EncoderPass.AddAndNorm(sum, branch, norm);
        Near(torch.nn.functional.layer_norm(Ops.Add(x, branch), [width], norm.Weight, norm.Bias, 1e-5), sum);
        var gelu = x.clone();
        EncoderPass.Gelu(gelu);
        Near(torch.nn.functional.gelu(x), gelu);
        Near(torch.nn.functional.gelu(x).mul(branch), EncoderPass.GeluGate(torch.cat([x, branch], 1)));
    }

    // Lengths around the sizes of vectors and of the groups of four queries; a reach that cuts on both sides.
    [Theory]
    [InlineData(1, int.MaxValue, 8)]
    [InlineData(5, int.MaxValue, 10)]
    [InlineData(64, int.MaxValue, 16)]
    [InlineData(131, int.MaxValue, 8)]
    [InlineData(131, 9, 16)]
    [InlineData(70, 64, 10)]
    [InlineData(33, 0, 8)]
    public void Attention_is_the_sum_written_down_plainly(int tokens, int reach, int size)
    {
        const int Heads = 3;
        using var scope = torch.NewDisposeScope();
        var before = 7;
        var fused = Random(before + tokens, 3 * Heads * size, 5);
        var batch = new SequenceBatch([new int[before], new int[tokens]]);
        var pass = new EncoderPass(Sizes(tokens, Heads, size), batch, null);
        var found = pass.Attend(fused, Heads, new EncoderAttentionRule(0.3f, reach));
        Near(Plainly(fused, before, tokens, Heads, size, 0.3, reach, (_, _, _) => 0), found.narrow(0, before, tokens).contiguous());
    }

    [Theory]
    [InlineData(3)]
    [InlineData(40)]
    [InlineData(90)]
    public void Places_enter_the_scores_as_the_paper_has_it(int tokens)
    {
        const int Heads = 2, Size = 8, Span = 12;
        using var scope = torch.NewDisposeScope();
        var fused = Random(tokens, 3 * Heads * Size, 6);
        var (keys, queries) = (Random(2 * Span, Heads * Size, 7), Random(2 * Span, Heads * Size, 8));
        int[] buckets = [.. Enumerable.Range(0, tokens).Select(distance => distance <= 6 ? distance : 6 + (int)Math.Sqrt(distance))];
        var places = new RelativePlaces(keys, queries, Size, buckets);
        var pass = new EncoderPass(Sizes(tokens, Heads, Size), new SequenceBatch([new int[tokens]]), null);
        var found = pass.Attend(fused, Heads, new EncoderAttentionRule(0.2f, Places: places));
        float[] x = TensorMemory.Span<float>(fused).ToArray(), k = TensorMemory.Span<float>(keys).ToArray(), q = TensorMemory.Span<float>(queries).ToArray();
        Near(
            Plainly(fused, 0, tokens, Heads, Size, 0.2, int.MaxValue, (head, i, j) =>
            {
                var bucket = Math.Clamp((Math.Sign(i - j) * buckets[Math.Abs(i - j)]) + Span, 0, (2 * Span) - 1);
                var sum = 0.0;
                for (var d = 0; d < Size; d++)
                {
                    var (at, column) = ((bucket * Heads * Size) + (head * Size) + d, (head * Size) + d);
                    sum += ((double)x[(i * 3 * Heads * Size) + column] * k[at]) + ((double)x[(j * 3 * Heads * Size) + (Heads * Size) + column] * q[at]);
                }

                return sum;
            }),
            found);
    }

    // Of transformers' make_log_bucket_position with 256 buckets and 512 positions, as DeBERTa v3 has them.
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(128, 128)]
    [InlineData(129, 129)]
    [InlineData(200, 169)]
    [InlineData(256, 192)]
    [InlineData(300, 207)]
    [InlineData(511, 255)]
    public void Distances_fall_into_the_buckets_of_DeBERTa_v3(int distance, int bucket)
    {
        var config = Torch.Models.ModelConfig.Parse(
            """{"vocab_size": 8, "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "max_position_embeddings":""" +
            """ 512, "max_relative_positions": -1, "position_buckets": 256, "relative_attention": true, "pos_att_type": "p2c|c2p"}""",
            "config.json");
        Assert.Equal(bucket, DebertaV2Config.Read(config).Buckets()[distance]);
    }

    [Fact]
    public void Positions_of_a_RoBERTa_are_counted_behind_the_padding_token_and_pass_over_it()
    {
        Assert.Equal([2, 3, 1, 4, 2], RobertaForSequenceClassification.Positions(new SequenceBatch([new[] { 0, 9, 1, 2 }, new[] { 0 }]), padding: 1));
    }

    private static EncoderSizes Sizes(int tokens, int heads, int size) =>
        new()
        {
            Blocks = 1,
            Width = heads * size,
            Heads = heads,
            Vocabulary = 1,
            Context = Math.Max(tokens, 7),
            Labels = 1,
        };

    private static torch.Tensor Random(int rows, int columns, int number)
    {
        var random = RandomStream.For(3, "encoder", "kernels", number);
        return torch.tensor(Enumerable.Range(0, rows * columns).Select(i => (float)((4 * random.Uniform(i)) - 2)).ToArray(), [rows, columns]);
    }

    private static torch.Tensor Plainly(
        torch.Tensor fused,
        int first,
        int tokens,
        int heads,
        int size,
        double scale,
        int reach,
        Func<int, int, int, double> more)
    {
        var x = TensorMemory.Span<float>(fused).ToArray();
        var (width, columns) = (heads * size, 3 * heads * size);
        var mixed = new float[tokens * width];
        for (var head = 0; head < heads; head++)
        {
            for (var i = 0; i < tokens; i++)
            {
                var weights = Enumerable
                    .Range(0, tokens)
                    .Select(j =>
                        Math.Abs((long)i - j) > reach
                            ? 0
                            : Math.Exp(
                                scale
                                    * (
                                        more(head, i, j)
                                        + Enumerable
                                            .Range(head * size, size)
                                            .Sum(d => (double)x[((first + i) * columns) + d] * x[((first + j) * columns) + width + d]))))
                    .ToArray();
                for (var d = 0; d < size; d++)
                {
                    mixed[(i * width) + (head * size) + d] = (float)(
                        Enumerable.Range(0, tokens).Sum(j => weights[j] * x[((first + j) * columns) + (2 * width) + (head * size) + d]) / weights.Sum());
                }
            }
        }

        return torch.tensor(mixed, [tokens, width]);
    }

    private static void Near(torch.Tensor expected, torch.Tensor found) =>
        Golden.GoldenTensors.Near(TensorMemory.Span<float>(expected.contiguous()), TensorMemory.Span<float>(found), 3e-6, "values");
}
