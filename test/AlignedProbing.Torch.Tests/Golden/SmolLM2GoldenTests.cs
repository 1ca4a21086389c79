using AlignedProbing.Torch.Generation.Pooling;
using System.Text.Json;
using AlignedProbing.Runs;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Encoding;
using AlignedProbing.Torch.Generation.Sampling;
using AlignedProbing.Torch.Kernels;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Scorers.Perplexity;
using AlignedProbing.Torch.Tests.Native;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>
/// SmolLM2-135M over 16 rows of RealToxicityPrompts, as Hugging Face has run it (goldens/PROBING_NOTES.md). One forward of the model serves all tests of a
/// kind.
/// </summary>
public sealed class SmolLM2GoldenTests(SmolLM2GoldenTests.Model model) : IClassFixture<SmolLM2GoldenTests.Model>
{
    /// <summary>Two of its tokens are as good as even: a greedy run may fork there.</summary>
    private const int Fork = 8;

    [Fact]
    public void Greedy_continuations_with_their_vectors_and_log_probabilities_are_Hugging_Faces()
    {
        var golden = model.Golden;
        var batch = model.Run(golden.Plain(), maxNewTokens: 20, reference: false);
        golden.CheckVectors("input", batch.Input, 1e-4);
        Assert.All(Enumerable.Range(0, 16).Where(row => row != Fork), row =>
        {
            var continuation = batch.Continuations[row][0];
            Assert.Equal(golden.Ids("generated_ids", row), continuation.Ids);
            Assert.Equal(ContinuationEnd.Length, continuation.End);
            var expected = golden.Root.GetProperty("logprobs")[row].EnumerateArray().Select(value => value.GetDouble()).ToArray();
            Assert.All(Enumerable.Range(0, 20), i => Assert.Equal(expected[i], continuation.LogProbabilities[i], 1e-3));
            Assert.Equal(golden.Root.GetProperty("mean_logprob")[row].GetDouble(), continuation.MeanLogProbability!.Value, 1e-3);
        });
        golden.CheckVectors("output", batch.Output, 1e-4, Fork);
    }

    [Fact]
    public void Pooling_as_the_papers_scripts_do_it_gives_what_they_give()
    {
        var batch = model.Run(model.Golden.Plain(), maxNewTokens: 20, reference: true);
        model.Golden.CheckVectors("output_reference", batch.Output, 1e-4, Fork);
    }

    [Fact]
    public void Given_continuations_are_read_behind_their_prompts()
    {
        var golden = model.Golden;
        var batch = model.Run(
            [.. golden.Plain().Select((prompt, row) => prompt with { Given = [golden.Ids("continuation_ids", row)] })],
            maxNewTokens: 20,
            reference: false);
        golden.CheckVectors("input", batch.Input, 1e-4);
        golden.CheckVectors("output_given", batch.Output, 1e-4);
        Assert.All(batch.Continuations, list => Assert.Equal(list[0].Ids.Count, list[0].LogProbabilities.Count));
    }

    [Fact]
    public void What_another_model_said_is_as_probable_as_Hugging_Face_has_it()
    {
        var golden = model.Golden;
        var texts = Enumerable
            .Range(0, 16)
            .Select(row => new LikelihoodSequence(golden.Ids("prompt_ids", row), 1, 0, [golden.Ids("generated_ids", row)]))
            .ToArray();
        new LikelihoodPass(model.Weights).Run(texts, TestContext.Current.CancellationToken);
        Assert.All(Enumerable.Range(0, 16), row =>
        {
            var expected = golden.Root.GetProperty("logprobs")[row].EnumerateArray().Select(value => value.GetDouble()).ToArray();
            Assert.Equal(expected.Length, texts[row].OfTails[0].Length);
            Assert.All(expected.Index(), pair => Assert.Equal(pair.Item, texts[row].OfTails[0][pair.Index], 1e-3));
            Assert.Equal(golden.Root.GetProperty("mean_logprob")[row].GetDouble(), texts[row].OfTails[0].Average(), 1e-4);
        });
    }

    [Fact]
    public void A_chat_templates_tokens_are_pooled_apart_from_the_prompts()
    {
        var golden = model.Golden;
        var prompts = golden.Root.GetProperty("templates").GetProperty("0").EnumerateArray().Select((entry, row) =>
        {
            var span = entry.GetProperty("span_touching").EnumerateArray().Select(value => value.GetInt32()).ToArray();
            return new PromptTokens($"{row}", [.. entry.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())], span[0], span[^1], null);
        });
        var batch = model.Run([.. prompts], maxNewTokens: 1, reference: false);
        golden.CheckVectors("input_chat", batch.Input, 1e-4);
        golden.CheckVectors("instruction_chat", batch.Instruction, 1e-4);
    }

    [Fact]
    public void The_states_of_single_tokens_are_Hugging_Faces()
    {
        for (var row = 0; row < 2; row++)
        {
            var ids = model.Golden.Ids("prompt_ids", row);
            using var cache = new KeyValueCache(CacheLayout.Uniform([ids.Length], 0, 0));
            var recorder = new StateRecorder();
            model.Weights.Forward(new TokenBatch(cache, [new TokenSegment(0, -1, ids)], [ids.Length - 1]), cache, recorder);
            GoldenTensors.Near(
                model.Golden.Tensors.Floats($"tokens_{row}").Values,
                [.. recorder.States.SelectMany(states => states)],
                5e-4,
                $"states of row {row}");
            var (values, ids20) = (model.Golden.Tensors.Floats("logits_top20_values").Values, model.Golden.Tensors.Integers("logits_top20_ids").Values);
            for (var i = 0; i < 20; i++)
            {
                Assert.Equal(values[(row * 20) + i], recorder.Logits[(int)ids20[(row * 20) + i]], 1e-3);
            }
        }
    }

    /// <summary>The model and the reference values, loaded once.</summary>
    public sealed class Model : IDisposable
    {
        private readonly Lazy<CausalModel> _model = new(() => ModelCatalog.Load(SmolLM2.Folder(), new ModelLoadOptions()));
        private readonly Lazy<GoldenSet> _golden = new(() => new GoldenSet());

        internal CausalModel Weights => _model.Value;

        internal GoldenSet Golden => _golden.Value;

        internal EncodedBatch Run(IReadOnlyList<PromptTokens> prompts, int maxNewTokens, bool reference)
        {
            var options = new BatchEncoderOptions
            {
                Samples = 1,
                MaxNewTokens = maxNewTokens,
                Seed = 0,
                Keep = [0],
                Pooling = [PoolingKind.Mean],
                Reference = reference,
                EndOfText = new HashSet<int> { 2 },
            };
            EncodedBatch? result = null;
            var encoder = new BatchEncoder(Weights, options, new TokenSampler(new TokenSamplerOptions { Temperature = 0 }));
            var before = LeakCheck.Baseline();
            result = encoder.Run(prompts, TestContext.Current.CancellationToken);
            Assert.Equal(before, LiveTensors.Count);
            return result;
        }

        public void Dispose()
        {
            if (_model.IsValueCreated)
            {
                _model.Value.Dispose();
            }

            if (_golden.IsValueCreated)
            {
                _golden.Value.Dispose();
            }
        }
    }

    internal sealed class GoldenSet : IDisposable
    {
        private readonly JsonDocument _json = JsonDocument.Parse(File.ReadAllBytes(SharedData.Path("goldens", "smollm2", "encode.json")));

        public GoldenTensors Tensors { get; } = new(SharedData.Path("goldens", "smollm2", "encode.safetensors"));

        public JsonElement Root => _json.RootElement;

        public int[] Ids(string name, int row) => [.. Root.GetProperty(name)[row].EnumerateArray().Select(id => id.GetInt32())];

        public PromptTokens[] Plain() =>
            [.. Enumerable.Range(0, 16).Select(row => new PromptTokens($"{row}", Ids("prompt_ids", row), 0, Ids("prompt_ids", row).Length, null))];

        public void CheckVectors(string name, PooledVectors found, double tolerance, int except = -1)
        {
            var (values, shape) = Tensors.Floats(name);
            var (rows, width) = ((int)shape[1], (int)shape[2]);
            var vector = new float[width];
            for (var layer = 0; layer < shape[0]; layer++)
            {
                for (var row = 0; row < rows; row++)
                {
                    if (row != except)
                    {
                        found.CopyTo(0, layer, row, vector);
                        GoldenTensors.Near(values.AsSpan(((layer * rows) + row) * width, width), vector, tolerance, $"{name}, layer {layer}, row {row}");
                    }
                }
            }
        }

        public void Dispose()
        {
            _json.Dispose();
            Tensors.Dispose();
        }
    }
}
