using AlignedProbing.Runs;

namespace AlignedProbing.Tests.Shared;

/// <summary>The smallest records a run folder can be made of.</summary>
internal static class SampleRun
{
    public static Prompt Prompt(string id) => new() { Id = id, Text = "The weather is" };

    public static Manifest Manifest() => new()
    {
        Model = new ModelManifest { Name = "tiny", Architecture = "llama", Layers = 3, Width = 8 },
        Prompts = new PromptSetManifest { Name = "prompts.jsonl", Sha256 = new string('0', 64), Read = 1, Used = 1, Prompts = 1 },
        Encoding = new EncodingManifest(),
        Measurement = new MeasurementManifest { Scorers = ["ngram"] },
    };
}
