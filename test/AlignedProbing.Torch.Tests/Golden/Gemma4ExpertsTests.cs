using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Certificates;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>
/// Gemma 4 with experts, of which there are no values of another program: a copy of the model without them, which is held to such values, whose experts each
/// are its MLP. What the two parts make is then one vector, normed twice, and the sum of equal vectors is normed to what one is: the model is the one without
/// experts. Where experts' own numbers are below 0 and their norm is twice as large, the sum is that vector turned round.
/// </summary>
public sealed class Gemma4ExpertsTests
{
    private const int Width = 48;
    private const int Inner = 80;
    private const int Blocks = 5;
    private const int Experts = 3;

    [Theory]
    [InlineData(1f, true)]
    [InlineData(-0.5f, false)]
    public void Experts_that_are_the_MLP_change_nothing_and_others_do(float scale, bool same)
    {
        var (plain, found) = (States(scale, mixture: false), States(scale, mixture: true));
        for (var layer = 0; layer < plain.Count; layer++)
        {
            var difference = Difference.Of(plain[layer], found[layer], Width).Value;
            Assert.True((difference < 2e-5) == same || layer == 0, $"layer {layer}: {difference}");
        }
    }

    private static List<float[]> States(float scale, bool mixture)
    {
        var source = SharedData.Path("goldens", "models", "gemma4_text");
        using var folder = new TemporaryFolder();
        var config = JsonNode.Parse(File.ReadAllBytes(Path.Combine(source, "config.json")))!;
        // With the usual number what is normed twice is a little shorter than what is normed once.
        config["rms_norm_eps"] = 1e-20;
        if (mixture)
        {
            (config["enable_moe_block"], config["num_experts"], config["top_k_experts"], config["moe_intermediate_size"]) = (true, Experts, 2, Inner);
        }

        File.WriteAllText(folder["config.json"], config.ToJsonString());
        Write(Path.Combine(source, "model.safetensors"), folder["model.safetensors"], scale, mixture);
        using var golden = new CausalModelGolden(folder.FullPath, Path.Combine(source, "expected"), new ModelLoadOptions());
        return golden.RunPrompts([0, 1, 2, 3]).States;
    }

    private static void Write(string source, string target, float scale, bool mixture)
    {
        var bytes = File.ReadAllBytes(source);
        var length = (int)BitConverter.ToInt64(bytes);
        var header = JsonNode.Parse(bytes.AsSpan(8, length))!.AsObject();
        var data = new List<byte>(bytes[(8 + length)..]);
        for (var block = 0; mixture && block < Blocks; block++)
        {
            var name = $"model.layers.{block}";
            var (gate, up, down) = (Read($"{name}.mlp.gate_proj.weight"), Read($"{name}.mlp.up_proj.weight"), Read($"{name}.mlp.down_proj.weight"));
            float[] both = [.. gate, .. up];
            Add($"{name}.experts.gate_up_proj", [Experts, 2 * Inner, Width], [.. both, .. both, .. both]);
            Add($"{name}.experts.down_proj", [Experts, Width, Inner], [.. down, .. down, .. down]);
            Add($"{name}.router.proj.weight", [Experts, Width], [.. Enumerable.Range(0, Experts * Width).Select(i => MathF.Sin(i))]);
            Add($"{name}.router.scale", [Width], [.. Enumerable.Repeat(0.7f, Width)]);
            Add($"{name}.router.per_expert_scale", [Experts], [.. Enumerable.Repeat(scale, Experts)]);
            Add($"{name}.pre_feedforward_layernorm_2.weight", [Width], Read($"{name}.pre_feedforward_layernorm.weight"));
            Add($"{name}.post_feedforward_layernorm_1.weight", [Width], [.. Enumerable.Repeat(1f, Width)]);
            Add($"{name}.post_feedforward_layernorm_2.weight", [Width], [.. Enumerable.Repeat(scale > 0 ? 1f : 2f, Width)]);
        }

        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        File.WriteAllBytes(target, [.. BitConverter.GetBytes((long)json.Length), .. json, .. data]);

        float[] Read(string name)
        {
            var offsets = header[name]!["data_offsets"]!.AsArray();
            var (first, end) = ((int)offsets[0]!, (int)offsets[1]!);
            return MemoryMarshal.Cast<byte, float>(bytes.AsSpan(8 + length + first, end - first)).ToArray();
        }

        void Add(string name, int[] shape, float[] values)
        {
            Assert.Equal(shape.Aggregate(1, (product, size) => product * size), values.Length);
            header.Add(name, new JsonObject
            {
                ["dtype"] = "F32",
                ["shape"] = new JsonArray([.. shape.Select(size => (JsonNode)size)]),
                ["data_offsets"] = new JsonArray(data.Count, data.Count + (4 * values.Length)),
            });
            data.AddRange(MemoryMarshal.AsBytes(values.AsSpan()));
        }
    }
}
