using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Models.Encoders;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Scorers.Classifiers;
using AlignedProbing.Torch.Tests.Native;
using AlignedProbing.Torch.Weights;
using TorchSharp;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>Small sequence classifiers whose hidden states and logits Hugging Face has written down.</summary>
public sealed class ClassifierGoldenTests
{
    private const double Tolerance = 1e-4;

    private static readonly int[] All = [0, 1, 2, 3];

    public static TheoryData<string> Folders => ["bert", "roberta", "xlm-roberta", "distilbert", "deberta-v2", "modernbert"];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Hidden_states_and_logits_are_Hugging_Faces(string name)
    {
        using var golden = new ClassifierGolden(name);
        var (logits, states) = golden.Run(All);
        Assert.Equal(golden.Tensors.Floats("hidden_states").Shape[0], states.Count);
        for (var layer = 0; layer < states.Count; layer++)
        {
            GoldenTensors.Near(golden.ExpectedStates(layer, All), states[layer], Tolerance, $"states of layer {layer}");
        }

        GoldenTensors.Near(golden.Tensors.Floats("logits").Values, logits, Tolerance, "logits");
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Probabilities_are_Hugging_Faces_by_the_activation_that_the_configuration_asks_for(string name)
    {
        using var golden = new ClassifierGolden(name);
        var config = ModelConfig.FromFolder(golden.Folder);
        var labels = ClassifierLabels.Names(config);
        var activation = ActivationRule.Of(config, labels, 0, asked: null);
        var outputs = new double[labels.Count];
        var found = new List<float>();
        foreach (var row in golden.Run(All).Logits.Chunk(labels.Count))
        {
            ActivationRule.Apply(activation, row, outputs);
            found.AddRange(outputs.Select(output => (float)output));
        }

        GoldenTensors.Near(golden.Tensors.Floats("probabilities").Values, [.. found], Tolerance, "probabilities");
    }

    [Fact]
    public void A_ModernBERT_that_classifies_its_first_token_gives_Hugging_Faces_logits()
    {
        using var mean = new ClassifierGolden("modernbert");
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(mean.Folder, "model.safetensors"), Path.Combine(folder.FullPath, "model.safetensors"));
        File.WriteAllText(
            Path.Combine(folder.FullPath, "config.json"),
            File.ReadAllText(Path.Combine(mean.Folder, "config.json"))
                .Replace("\"classifier_pooling\": \"mean\"", "\"classifier_pooling\": \"cls\"", StringComparison.Ordinal));
        using var model = ClassifierCatalog.Load(folder.FullPath, WeightPrecision.Full);
        using var scope = torch.NewDisposeScope();
        var logits = TensorMemory.Span<float>(model.Forward(new SequenceBatch([.. mean.Rows.Select(row => new ReadOnlyMemory<int>(row))]))).ToArray();
        GoldenTensors.Near(mean.Tensors.Floats("logits_cls_pooling").Values, logits, Tolerance, "logits of the first token");
        Assert.NotEqual(mean.Run(All).Logits, logits);
    }

    [Fact]
    public void Segments_of_a_BERT_change_its_logits_as_Hugging_Faces()
    {
        using var golden = new ClassifierGolden("bert");
        GoldenTensors.Near(
            golden.Tensors.Floats("logits_with_token_types").Values,
            golden.Run(All, withSegments: true).Logits,
            Tolerance,
            "logits with segments");
        Assert.NotEqual(golden.Run(All).Logits, golden.Run(All, withSegments: true).Logits);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_row_alone_or_among_others_gives_the_same_logits_to_the_bit(string name)
    {
        using var golden = new ClassifierGolden(name);
        var together = golden.Run(All).Logits;
        var labels = golden.Model.Sizes.Labels;
        foreach (var row in All)
        {
            Assert.Equal(together.AsSpan(row * labels, labels).ToArray(), golden.Run([row]).Logits);
            Assert.Equal(together.AsSpan(row * labels, labels).ToArray(), golden.Run([3, row, 0, row]).Logits.AsSpan(3 * labels).ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void One_thread_and_four_give_the_same_logits_to_the_bit(string name)
    {
        using var golden = new ClassifierGolden(name);
        var threads = torch.get_num_threads();
        try
        {
            var rows = Enumerable.Range(0, 64).Select(i => i % 4).ToArray();
            torch.set_num_threads(1);
            var one = golden.Run(rows).Logits;
            torch.set_num_threads(4);
            Assert.Equal(one, golden.Run(rows).Logits);
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_pass_leaves_no_tensor_behind_and_disposing_of_the_model_frees_its_weights(string name)
    {
        var before = LeakCheck.Baseline();
        using (var golden = new ClassifierGolden(name))
        {
            LeakCheck.TenTimes(() => golden.Run(All));
        }

        Assert.Equal(before, LiveTensors.Count);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void In_bfloat16_logits_stay_near(string name)
    {
        using var golden = new ClassifierGolden(name, WeightPrecision.BFloat16);
        var logits = golden.Run(All).Logits;
        GoldenTensors.Near(golden.Tensors.Floats("logits").Values, logits, 0.1, "logits");
        Assert.True(GoldenTensors.WorstDifference(golden.Tensors.Floats("logits").Values, logits) > 1e-6);
    }

    [Fact]
    public void Texts_longer_than_the_model_and_unknown_ids_are_refused()
    {
        using var golden = new ClassifierGolden("bert");
        Assert.Throws<ArgumentOutOfRangeException>(() => golden.Model.Forward(new SequenceBatch([new int[golden.Model.Sizes.Context + 1]])));
        Assert.Throws<ArgumentOutOfRangeException>(() => golden.Model.Forward(new SequenceBatch([new[] { golden.Model.Sizes.Vocabulary }])));
        Assert.Throws<ArgumentOutOfRangeException>(() => golden.Model.Forward(new SequenceBatch([new[] { -1 }])));
        Assert.Throws<ArgumentException>(() => new SequenceBatch([]));
        Assert.Throws<ArgumentException>(() => new SequenceBatch([Array.Empty<int>()]));
    }
}
