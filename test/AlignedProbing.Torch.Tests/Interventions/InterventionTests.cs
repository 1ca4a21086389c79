using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Interventions;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Tests.Golden;
using AlignedProbing.Torch.Tests.Models;
using AlignedProbing.Torch.Tests.Native;
using TorchSharp;

namespace AlignedProbing.Torch.Tests.Interventions;

/// <summary>Edits of tiny models of every architecture, on the CPU's kernels, as on a GPU, and on a device without numbers.</summary>
public sealed class InterventionTests
{
    private const int Blocks = 3;

    private static readonly int[][] Prompts = [[5, 9, 7, 30, 8], [3, 4]];

    public static TheoryData<string> Types => TinyModel.Types;

    public static TheoryData<string, EditPositions> Kinds =>
        new(
            from kind in (string[])["bypass", "damp", "ablate", "steer", "two"]
            from positions in Enum.GetValues<EditPositions>()
            select (kind, positions));

    [Theory]
    [MemberData(nameof(Types))]
    public void A_bypassed_block_passes_its_input_on_and_nothing_else_does(string type)
    {
        using var model = TinyModel.Load(type, Blocks, new ModelLoadOptions());
        var ids = Run(model, []).Ids;
        var (plain, edited) = (Run(model, [], ids), Run(model, [new Bypass { Layers = [2] }], ids));
        Assert.Equal(edited.States[1], edited.States[2]);
        Assert.Equal(plain.States[1], edited.States[1]);
        Assert.NotEqual(plain.States[2], edited.States[2]);
        Assert.NotEqual(plain.LogProbabilities, edited.LogProbabilities);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Edits_that_change_nothing_give_the_unedited_run_to_the_bit(string type)
    {
        using var model = TinyModel.Load(type, Blocks, new ModelLoadOptions());
        Edit[] edits = [new Bypass { Factor = 1 }, new Steer(Direction(model), 0)];
        using var intervention = new Intervention(model, edits);
        Assert.True(intervention.ChangesNothing);
        var (plain, edited) = (Run(model, []), Run(model, edits));
        Assert.Equal(plain.Ids, edited.Ids);
        Assert.Equal(plain.LogProbabilities, edited.LogProbabilities);
        Assert.All(plain.States.Zip(edited.States), pair => Assert.Equal(pair.First, pair.Second));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nothing_is_left_along_an_ablated_direction_and_a_steered_one_moves_by_the_amount(bool asOnDevice)
    {
        using var model = Load("llama", asOnDevice);
        var direction = Direction(model);
        var ids = Run(model, []).Ids;
        var (plain, ablated) = (Run(model, [], ids), Run(model, [new Ablate(direction)], ids));
        var steered = Run(model, [new Steer(direction, 2.5) { Layers = [1] }], ids);
        for (var start = 0; start < plain.States[1].Length; start += model.Sizes.Width)
        {
            var before = direction.Along(plain.States[1].AsSpan(start, model.Sizes.Width));
            Assert.NotEqual(0, before, 1e-3);
            Assert.Equal(0, direction.Along(ablated.States[1].AsSpan(start, model.Sizes.Width)), 1e-6);
            Assert.Equal(0, direction.Along(ablated.States[2].AsSpan(start, model.Sizes.Width)), 1e-6);
            Assert.Equal(before + 2.5, direction.Along(steered.States[1].AsSpan(start, model.Sizes.Width)), 1e-5);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void On_a_device_edits_give_the_CPUs_values_to_rounding(string kind, EditPositions positions)
    {
        using var model = Load("llama", asOnDevice: false);
        using var onDevice = Load("llama", asOnDevice: true);
        var before = LeakCheck.Baseline();
        var (expected, found) = (Run(model, Edits(kind, positions, model)), Run(onDevice, Edits(kind, positions, onDevice)));
        Assert.Equal(before, LiveTensors.Count);
        Assert.Equal(expected.Ids, found.Ids);
        Assert.NotEqual(Run(model, []).LogProbabilities, expected.LogProbabilities);
        for (var layer = 0; layer < expected.States.Count; layer++)
        {
            GoldenTensors.Near(expected.States[layer], found.States[layer], 1e-4, $"layer {layer}");
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void On_a_device_without_numbers_edits_ask_for_none(string kind, EditPositions positions)
    {
        var meta = new torch.Device(DeviceType.META);
        using var model = TinyModel.Load("llama", Blocks, new ModelLoadOptions { Kernels = TorchKernels.Instance, TorchDevice = meta });
        using (DeviceCopies.Count(tensor => torch.zeros(tensor.shape, tensor.dtype)))
        {
            Assert.Equal(8, Run(model, Edits(kind, positions, model), states: false).Ids.Count);
        }
    }

    [Fact]
    public void Edits_of_the_prompt_or_of_what_follows_change_the_states_of_those_tokens_alone()
    {
        using var model = Load("llama", asOnDevice: false);
        var direction = Direction(model);
        var plain = Run(model, [], Run(model, []).Ids);
        var prompt = Run(model, [new Steer(direction, 5) { Layers = [1], Positions = EditPositions.Prompt }], plain.Ids);
        var generated = Run(model, [new Steer(direction, 5) { Layers = [1], Positions = EditPositions.Generated }], plain.Ids);
        var prompts = Prompts.Sum(ids => ids.Length) * model.Sizes.Width;
        Assert.Equal(plain.States[1][..prompts], generated.States[1][..prompts]);
        Assert.NotEqual(plain.States[1][..prompts], prompt.States[1][..prompts]);
        var width = model.Sizes.Width;
        for (var start = prompts; start < plain.States[1].Length; start += width)
        {
            Assert.Equal(5 + direction.Along(plain.States[1].AsSpan(start, width)), direction.Along(generated.States[1].AsSpan(start, width)), 1e-4);
        }
    }

    [Fact]
    public void A_texts_edited_run_does_not_depend_on_the_others_nor_on_threads()
    {
        using var model = Load("llama", asOnDevice: false);
        Edit[] edits = [new Bypass { Layers = [1], Factor = 0.5 }, new Ablate(Direction(model))];
        var (together, alone) = (Run(model, edits), Run(model, edits, prompts: [Prompts[1]]));
        Assert.Equal(together.Ids[4..], alone.Ids);
        Assert.Equal(together.LogProbabilities[4..], alone.LogProbabilities);
    }

    [Fact]
    public void Every_fault_is_named_with_what_to_do()
    {
        using var model = Load("llama", asOnDevice: false);
        var error = Assert.Throws<InputException>(() => new Intervention(
            model,
            [
                new Bypass { Layers = [0, 4], Factor = double.NaN },
                new Ablate(new EditDirection([1, 2])),
                new Steer(Direction(model), double.PositiveInfinity) { Layers = [] },
            ]));
        Assert.Equal("intervention", error.Code);
        Assert.All(
            ["layer 0", "layer 4", "factor of NaN", "width 2", "names no layer", "amount of"],
            part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        Assert.Contains("zeros", Assert.Throws<InputException>(() => new EditDirection(new float[3])).Message, StringComparison.Ordinal);
        Assert.Contains("NaN", Assert.Throws<InputException>(() => new EditDirection([1, float.NaN])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_direction_has_length_1_and_a_name_of_its_own()
    {
        var direction = new EditDirection([3, 0, -4]);
        Assert.Equal([0.6f, 0, -0.8f], direction.Unit.ToArray());
        Assert.Equal(5, direction.Along([3, 7, -4]), 1e-6);
        Assert.Equal(direction.Sha256, new EditDirection([6, 0, -8]).Sha256);
        Assert.NotEqual(direction.Sha256, new EditDirection([-3, 0, 4]).Sha256);
    }

    private static CausalModel Load(string type, bool asOnDevice) =>
        TinyModel.Load(type, Blocks, new ModelLoadOptions { Kernels = asOnDevice ? TorchKernels.Instance : null });

    private static EditDirection Direction(CausalModel model) => new([.. Enumerable.Range(0, model.Sizes.Width).Select(i => MathF.Sin(i + 1))]);

    private static Edit[] Edits(string kind, EditPositions positions, CausalModel model) => kind switch
    {
        "bypass" => [new Bypass { Layers = [1, 2], Positions = positions }],
        "damp" => [new Bypass { Factor = 0.25, Positions = positions }],
        "ablate" => [new Ablate(Direction(model)) { Positions = positions }],
        "steer" => [new Steer(Direction(model), -3) { Layers = [2], Positions = positions }],
        _ => [new Steer(Direction(model), 2) { Layers = [2], Positions = positions }, new Bypass { Layers = [2], Positions = positions }],
    };

    /// <summary>Four greedy tokens after each prompt, or given ones: ids, log-probabilities, and each layer's states as they come.</summary>
    private static (List<int> Ids, List<double> LogProbabilities, List<float[]> States) Run(
        CausalModel model,
        Edit[] edits,
        List<int>? given = null,
        int[][]? prompts = null,
        bool states = true)
    {
        prompts ??= Prompts;
        var tails = prompts.Index()
            .Select(prompt => given is null ? TokenSource.Greedy : TokenSource.Given(given.GetRange(prompt.Index * 4, 4)))
            .Select(source => new TokenTail(source, 4) { ReadsLast = true })
            .ToArray();
        using var intervention = new Intervention(model, edits);
        var recorder = new Recorder(model.Sizes.HiddenStates, states);
        var sequences = prompts.Zip(tails).Select(pair => new TokenSequence(pair.First, [pair.Second])).ToArray();
        new TokenEngine(model, new TokenEngineOptions { Editor = intervention }).Run(sequences, recorder, TestContext.Current.CancellationToken);
        return ([.. tails.SelectMany(tail => tail.Ids)], [.. tails.SelectMany(tail => tail.LogProbabilities)], [.. recorder.InOrder()]);
    }

    /// <summary>Keeps states, those of prompts first.</summary>
    private sealed class Recorder(int layers, bool keeps) : TokenObserver
    {
        private readonly (List<float> Prompts, List<float> Tails)[] _states =
            [.. Enumerable.Range(0, layers).Select(_ => (new List<float>(), new List<float>()))];
        private TokenPass? _pass;

        public IEnumerable<float[]> InOrder() => _states.Select(layer => (float[])[.. layer.Prompts, .. layer.Tails]);

        public override void Begin(TokenPass pass) => _pass = pass;

        public override void OnStates(int layer, torch.Tensor states)
        {
            if (!keeps)
            {
                return;
            }

            var values = TensorMemory.Span<float>(states);
            var width = (int)states.size(1);
            foreach (var segment in _pass!.Segments)
            {
                var to = segment.Tokens.Tail < 0 ? _states[layer].Prompts : _states[layer].Tails;
                to.AddRange(values.Slice(segment.Row * width, segment.Tokens.Ids.Length * width));
            }
        }
    }
}
