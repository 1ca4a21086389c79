using AlignedProbing.Fuzz.Mutations;
using AlignedProbing.Gguf;
using AlignedProbing.Hub;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Certificates;
using AlignedProbing.Torch.Certificates.Edited;
using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Checkpoints.Adapters;
using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;
using AlignedProbing.Torch.Scorers;
using AlignedProbing.Torch.Scorers.Classifiers;

namespace AlignedProbing.Fuzz.Targets;

/// <summary>Files of models: configurations, weights, adapters.</summary>
internal static class ModelTargets
{
    private static readonly JsonMutator Json = new();
    private static readonly ByteMutator Bytes = new();
    private static readonly SafetensorsMutator Safetensors = new();

    private static Lazy<string> Classifier { get; } = new(() => TinyClassifier.Write(new TemporaryFolder(), ["a", "b"]));

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("config.json", Json, () => Corpus.Shared("goldens/models", "config.json").Append(Demo("config.json")), (folder, bytes) =>
        {
            folder.Write("config.json", bytes);
            ModelCatalog.CheckConfig(folder.FullPath);
        })
        {
            Sources = ["AlignedProbing.Torch/Models/ModelConfig.cs", "AlignedProbing.Torch/Running/Estimates/WeightShapes.cs"],
        },
        new("generation_config.json", Json, () => Corpus.Shared("goldens/models", "generation_config.json").Append(Demo("generation_config.json")),
            (folder, bytes) =>
        {
            folder.Write("generation_config.json", bytes);
            GenerationSettings.FromFolder(folder.FullPath);
        })
        {
            Sources = ["AlignedProbing.Torch/Generation/GenerationSettings.cs"],
        },
        new("safetensors", Safetensors, () => Corpus.Shared("goldens/quant", "*.safetensors").Prepend(Tiny("model.safetensors")), (folder, bytes) =>
            TakeAll(folder.Write("model.safetensors", bytes)))
        {
            Sources = ["AlignedProbing.Torch/Checkpoints/SafetensorsHeader.cs"],
        },
        new("PyTorch .bin", Bytes, () => Fixtures("zip.bin").Concat(Fixtures("*.bin")), (folder, bytes) => TakeAll(folder.Write("pytorch_model.bin", bytes))),
        new("shard index", Json, () => [Corpus.Text("""{"metadata":{"total_size":8},"weight_map":{"a":"1.safetensors","b":"2.safetensors"}}""")],
            (folder, bytes) =>
        {
            folder.Once("shards", inside => Array.ForEach(["1.safetensors", "2.safetensors"], name => inside.Write(name, Tiny("model.safetensors"))));
            ModelFiles.Shards("model.safetensors.index.json", Path.GetDirectoryName(folder.Write("model.safetensors.index.json", bytes))!);
            ShardIndex.Read(folder["model.safetensors.index.json"]);
        })
        {
            Sources = ["AlignedProbing/Hub/ModelFiles.cs", "AlignedProbing.Torch/Checkpoints/ShardIndex.cs"],
            // The Hub's reader says so to its caller, who words the error.
            IsRefusal = error => error is FormatException,
        },
        new("GGUF", Bytes, () => Corpus.Shared("goldens/gguf", "*.gguf").DefaultIfEmpty(GgufBytes.Of([("general.architecture", "llama"), ("a", 1)], [])),
            (folder, bytes) =>
        {
            var path = folder.Write("model.gguf", bytes);
            GgufModel.Open(path).Config();
            _ = GenerationSettings.FromFolder(path);
            TakeAll(path, mayRefuse: true);
            Tokenizers.Tokenizer.FromFile(path).Encode("Hello there", addSpecialTokens: true);
        })
        {
            Sources = ["AlignedProbing.Torch/Checkpoints/Gguf/GgufFile.cs"],
        },
        new("adapter_config.json", Json, () =>
        [
            Corpus.Text(
                """
                {"peft_type":"LORA","task_type":"CAUSAL_LM","r":8,"lora_alpha":16,"target_modules":["q_proj","v_proj"],"bias":"none","use_rslora":false,
                 "rank_pattern":{"layers.0.q_proj":4},"alpha_pattern":{},"modules_to_save":null,"base_model_name_or_path":"m"}
                """),
            Corpus.Text("""{"peft_type":"LORA","r":4,"lora_alpha":4,"target_modules":".*\\.(q|v)_proj","use_dora":true}"""),
        ], (folder, bytes) =>
        {
            var config = AdapterConfig.Read(folder.Write("adapter_config.json", bytes));
            foreach (var module in new[] { "model.layers.0.self_attn.q_proj", "model.layers.1.mlp.up_proj" })
            {
                _ = (config.IsTarget(module), config.Rank(module), config.Scale(module));
            }
        })
        {
            Sources = ["AlignedProbing.Torch/Checkpoints/Adapters/AdapterConfig.cs"],
        },
        new("quantised weights", Safetensors, () => Quantised("model.safetensors"), (folder, bytes) =>
        {
            folder.Once("config", inside => inside.Write("config.json", Quantised("config.json").First()));
            folder.Write("model.safetensors", bytes);
            ModelCatalog.Load(folder.FullPath, new ModelLoadOptions()).Dispose();
        })
        {
            Sources = ["AlignedProbing.Torch/Weights/Bitsandbytes/BitsandbytesFormat.cs"],
        },
        new("expected values", Safetensors, () => Corpus.Shared("goldens/quant", "expected.safetensors").Append(Tiny("model.safetensors")), (folder, bytes) =>
            ExpectedFile.Open(folder.Write("expected.safetensors", bytes), 1000).Dispose()),
        new("expected values of edits", Json, () => Corpus.Shared("goldens/smollm2", "interventions.json").DefaultIfEmpty(Corpus.Text("{}")), (folder, bytes) =>
        {
            folder.Once("tensors", inside => inside.Write("edited.safetensors", Edited));
            EditedFile.Open(folder.Write("edited.json", bytes)).Dispose();
        })
        {
            Sources = ["AlignedProbing.Torch/Certificates/Edited/EditedFile.cs"],
        },
        new("scorer file", Json, () =>
        [
            Corpus.Text("""{"classifier":"FOLDER","labels":{"LABEL_1":"toxicity","LABEL_0":null},"activation":"sigmoid","range":[0,1],"max_tokens":128}"""),
            Corpus.Text("""{"judge":"MODEL","endpoint":"http://localhost:8000/v1","parameters":{"seed":7},"rubric":null}"""),
            Corpus.Text("""{"perplexity":"FOLDER","precision":"bf16"}"""),
        ], (folder, bytes) => ScorerFile.Read(folder.Write("scorer.json", bytes)))
        {
            Sources = ["AlignedProbing.Torch/Scorers/ScorerFile.cs"],
        },
        new("classifier's tokenizer_config.json", Json, () =>
            [Corpus.Text("""{"tokenizer_class":"BertTokenizer","do_lower_case":true,"model_max_length":512,"truncation_side":"left"}""")], (folder, bytes) =>
        {
            folder.Once("classifier", inside => inside.CopyFrom(Classifier.Value));
            folder.Write("tokenizer_config.json", bytes);
            var labels = new Dictionary<string, string?> { ["a"] = "toxicity" };
            ClassifierScorer.Open(new ClassifierOptions { Name = "tiny", Folder = folder.FullPath, Labels = labels }).Dispose();
        })
        {
            Sources = ["AlignedProbing.Torch/Scorers/Classifiers/TextTokens.cs"],
        },
    ];

    // The elements of some types are read by the layer that holds them, and not by themselves.
    private static void TakeAll(string path, bool mayRefuse = false)
    {
        TorchRuntime.EnsureLoaded();
        using var checkpoint = Checkpoint.Open(path);
        foreach (var tensor in checkpoint.Tensors)
        {
            try
            {
                checkpoint.Take(tensor.Name, [.. tensor.Shape]).Dispose();
            }
            catch (InputException) when (mayRefuse)
            {
                // Which type it is, was said.
            }
        }
    }

    private static byte[] Demo(string name) => File.ReadAllBytes(Corpus.Own("src", "AlignedProbing.Cli", "Demo", "model", name));

    private static byte[] Tiny(string name) => File.ReadAllBytes(Path.Combine(Classifier.Value, name));

    private static byte[] Edited =>
        Corpus.SharedFolder("goldens/smollm2") is { } folder
            ? File.ReadAllBytes(Path.Combine(folder, "interventions.safetensors"))
            : Tiny("model.safetensors");

    private static IEnumerable<byte[]> Fixtures(string pattern) =>
        Directory.EnumerateFiles(Corpus.Own("test", "AlignedProbing.Torch.Tests", "Fixtures"), pattern).Order(StringComparer.Ordinal).Select(File.ReadAllBytes);

    // A model in bitsandbytes' four bits, whose description stands in tensors; the tiny classifier's files where the goldens are not there.
    private static IEnumerable<byte[]> Quantised(string name) =>
        Corpus.SharedFolder("goldens/quant/llama-nf4-saved") is { } folder ? [File.ReadAllBytes(Path.Combine(folder, name))] : [Tiny(name)];
}
