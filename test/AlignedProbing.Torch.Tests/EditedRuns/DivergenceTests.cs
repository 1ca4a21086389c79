using AlignedProbing.Torch.EditedRuns;
using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Interventions;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Models;
using AlignedProbing.Torch.Tests.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Tests.EditedRuns;

/// <summary>KL between a model and its edits, and spreads along directions, on tiny models.</summary>
public sealed class DivergenceTests
{
    private static readonly (int[] Prompt, IReadOnlyList<int> Following)[] Texts = [([5, 9, 7, 30, 8], [3, 12, 4]), ([3, 4], [7])];

    [Fact]
    public void Two_distributions_have_the_divergence_of_the_textbook()
    {
        // p = (1/2, 1/4, 1/4), q = (1/4, 1/4, 1/2): 1/2 ln 2 + 0 + 1/4 ln(1/2) = 1/4 ln 2. Logits may be shifted.
        float[] p = [MathF.Log(2) + 3, 3, 3];
        float[] q = [-7, -7, MathF.Log(2) - 7];
        Assert.Equal(Math.Log(2) / 4, DivergenceKernel.Between(p, q), 1e-6);
        Assert.Equal(0, DivergenceKernel.Between(p, p));
        Assert.Equal(Math.Log(2), DivergenceKernel.Between([0, float.NegativeInfinity], [0, 0]), 1e-12);
        Assert.True(double.IsNaN(DivergenceKernel.Between(p, [float.NaN, 0, 0])));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_unedited_model_diverges_by_0_to_the_bit(bool asOnDevice)
    {
        using var model = Load(asOnDevice);
        var before = LeakCheck.Baseline();
        using (var nothing = new Intervention(model, [new Bypass { Factor = 1 }, new Steer(Direction(model), 0)]))
        {
            var divergence = new Divergence(model, Texts, keeps: true);
            Assert.Equal([0.0, 0.0], divergence.Run(nothing, TestContext.Current.CancellationToken));
            Assert.Equal([0.0, 0.0], divergence.Run(nothing, TestContext.Current.CancellationToken));
            Assert.Equal(4, divergence.Tokens);
        }

        Assert.Equal(before, LiveTensors.Count);
    }

    [Fact]
    public void Sums_are_those_of_the_logits_themselves_whether_kept_or_not()
    {
        using var model = Load(asOnDevice: false);
        using var edits = new Intervention(model, [new Bypass { Layers = [2] }]);
        var (plain, edited) = (Logits(model, null), Logits(model, edits));
        double[] expected =
        [
            Enumerable.Range(0, 3).Sum(token => DivergenceKernel.Between(plain[(0, token)], edited[(0, token)])),
            DivergenceKernel.Between(plain[(1, 0)], edited[(1, 0)]),
        ];
        Assert.All(expected, value => Assert.True(value > 1e-6));
        foreach (var keeps in (bool[])[false, true])
        {
            Assert.Equal(expected, new Divergence(model, Texts, keeps).Run(edits, TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public void A_stronger_edit_diverges_more()
    {
        using var model = Load(asOnDevice: false);
        double[] sums = [.. new[] { 1.0, 4.0, 16.0 }.Select(amount =>
        {
            using var edits = new Intervention(model, [new Steer(Direction(model), amount) { Layers = [1] }]);
            return new Divergence(model, Texts, keeps: false).Run(edits, TestContext.Current.CancellationToken).Sum();
        })];
        Assert.Equal(sums.Order(), sums);
    }

    [Fact]
    public void A_partial_ablation_leaves_a_part_and_twice_an_ablation_mirrors()
    {
        using var model = Load(asOnDevice: false);
        var direction = Direction(model);
        double[] Along(double strength)
        {
            using var edits = new Intervention(model, [new Ablate(direction) { Layers = [1], Strength = strength }]);
            var reader = new StateReader(direction);
            new TokenEngine(model, new TokenEngineOptions { Editor = edits })
                .Run([new TokenSequence(Texts[0].Prompt, [])], reader, TestContext.Current.CancellationToken);
            return [.. reader.Along];
        }

        var (whole, half, none, twice) = (Along(0), Along(0.5), Along(1), Along(2));
        for (var token = 0; token < whole.Length; token++)
        {
            Assert.Equal(whole[token] / 2, half[token], 1e-5);
            Assert.Equal(0, none[token], 1e-5);
            Assert.Equal(-whole[token], twice[token], 1e-5);
        }
    }

    [Fact]
    public void A_spread_is_the_standard_deviation_over_all_prompts_tokens()
    {
        using var model = Load(asOnDevice: false);
        var direction = Direction(model);
        var reader = new StateReader(direction);
        foreach (var (prompt, _) in Texts)
        {
            new TokenEngine(model, new TokenEngineOptions()).Run([new TokenSequence(prompt, [])], reader, TestContext.Current.CancellationToken);
        }

        int[][] prompts = [.. Texts.Select(text => text.Prompt)];
        var other = DirectionSource.Random(model.Sizes.Width, 1).Direction;
        var spread = DirectionSpread.Of(model, prompts, [other, direction], [1, 2], withoutFirst: false, TestContext.Current.CancellationToken);
        Assert.Equal([1, 2], spread[0].Keys);
        Assert.Equal(Deviation([.. reader.Along]), spread[1][1], 1e-6);
        // The first tokens are the first of five and the first of two.
        double[] rest = [.. reader.Along.Index().Where(token => token.Index is not (0 or 5)).Select(token => token.Item)];
        var without = DirectionSpread.Of(model, prompts, [direction], [1], withoutFirst: true, TestContext.Current.CancellationToken);
        Assert.Equal(Deviation(rest), without[0][1], 1e-6);
    }

    [Fact]
    public void Random_directions_are_seeded_and_point_everywhere()
    {
        var drawn = Enumerable.Range(0, 400).Select(seed => DirectionSource.Random(3, seed).Direction.Unit.ToArray()).ToArray();
        Assert.Equal(drawn[7], DirectionSource.Random(3, 7).Direction.Unit.ToArray());
        for (var i = 0; i < 3; i++)
        {
            // Archimedes: a coordinate of a point on the sphere is uniform in [-1, 1], so its mean is 0 and its mean square 1/3.
            Assert.Equal(0, drawn.Average(vector => vector[i]), 0.09);
            Assert.Equal(1 / 3.0, drawn.Average(vector => vector[i] * vector[i]), 0.05);
        }
    }

    [Theory]
    [InlineData("toxicity:Input:10", "toxicity", 10)]
    [InlineData("sexually_explicit:output:0", "sexually_explicit", 0)]
    [InlineData("7", null, 7)]
    public void A_direction_is_read_as_people_name_it(string text, string? attribute, int layer) =>
        Assert.Equal((attribute, layer), (DirectionAsked.Read(text).Attribute, DirectionAsked.Read(text).Layer));

    [Theory]
    [InlineData("toxicity", "ATTRIBUTE:SCENARIO:LAYER")]
    [InlineData("toxicity:Inside:3", "'Inside' is no scenario")]
    [InlineData("toxicity:Input:-3", "ATTRIBUTE:SCENARIO:LAYER")]
    [InlineData("toxicity:1:3", "ATTRIBUTE:SCENARIO:LAYER")]
    public void What_names_no_direction_is_refused(string text, string expected)
    {
        var error = Assert.Throws<InputException>(() => DirectionAsked.Read(text));
        Assert.Equal("direction", error.Code);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    private static double Deviation(double[] values)
    {
        var mean = values.Average();
        return Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
    }

    private static Dictionary<(int Sequence, int Token), float[]> Logits(CausalModel model, ISiteEditor? editor)
    {
        var reader = new LogitReader();
        new TokenEngine(model, new TokenEngineOptions { Editor = editor }).Run(
            [.. Texts.Select(text => new TokenSequence(text.Prompt, [new TokenTail(TokenSource.Given(text.Following), text.Following.Count)]))],
            reader,
            TestContext.Current.CancellationToken);
        return reader.Rows;
    }

    private static CausalModel Load(bool asOnDevice) =>
        TinyModel.Load("llama", 3, new ModelLoadOptions { Kernels = asOnDevice ? TorchKernels.Instance : null });

    private static EditDirection Direction(CausalModel model) => new([.. Enumerable.Range(0, model.Sizes.Width).Select(i => MathF.Sin(i + 1))]);

    private sealed class StateReader(EditDirection direction) : TokenObserver
    {
        public List<double> Along { get; } = [];

        public override void OnStates(int layer, torch.Tensor states)
        {
            if (layer == 1)
            {
                var values = TensorMemory.Span<float>(states);
                for (var start = 0; start < values.Length; start += direction.Width)
                {
                    Along.Add(direction.Along(values.Slice(start, direction.Width)));
                }
            }
        }
    }

    private sealed class LogitReader : TokenObserver
    {
        private TokenPass? _pass;

        public Dictionary<(int Sequence, int Token), float[]> Rows { get; } = [];

        public override void Begin(TokenPass pass) => _pass = pass;

        public override void OnLogits(int first, torch.Tensor logits)
        {
            var values = TensorMemory.Span<float>(logits);
            var width = (int)logits.size(1);
            for (var i = 0; i * width < values.Length; i++)
            {
                var use = _pass!.Uses[first + i][0];
                Rows.Add((use.Sequence, use.Token), values.Slice(i * width, width).ToArray());
            }
        }
    }
}
