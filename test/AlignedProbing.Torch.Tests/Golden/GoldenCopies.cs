using System.Text.Json;
using System.Text.Json.Nodes;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>
/// A golden model written anew in a form in which models are published as well: other names of tensors, another configuration, tensors besides.
/// </summary>
internal sealed class GoldenCopies : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("golden-").FullName;

    /// <summary>Writes the copy.</summary>
    /// <param name="name">The golden folder.</param>
    /// <param name="rename">A tensor's name in the copy; null leaves the tensor out.</param>
    /// <param name="config">Changes the configuration.</param>
    /// <param name="besides">Names of tensors [2] that are in the copy alone.</param>
    public GoldenCopies(string name, Func<string, string?> rename, Func<JsonObject, JsonObject> config, params string[] besides)
    {
        var source = SharedData.Path("goldens", "models", name);
        var bytes = File.ReadAllBytes(Path.Combine(source, "model.safetensors"));
        var length = (int)BitConverter.ToInt64(bytes);
        var header = JsonNode.Parse(bytes.AsSpan(8, length))!.AsObject();
        var copy = new JsonObject();
        foreach (var (tensor, entry) in header.Where(pair => pair.Key != "__metadata__"))
        {
            // A tensor that is left out leaves its bytes behind under a name that all models ignore.
            copy.Add(rename(tensor) ?? $"{tensor}.rotary_emb.inv_freq", entry!.DeepClone());
        }

        var data = bytes[(8 + length)..];
        foreach (var tensor in besides)
        {
            copy.Add(
                tensor,
                new JsonObject
                {
                    ["dtype"] = "F32",
                    ["shape"] = new JsonArray(2),
                    ["data_offsets"] = new JsonArray(data.Length, data.Length + 8),
                });
            data = [.. data, .. new byte[8]];
        }

        var json = JsonSerializer.SerializeToUtf8Bytes(copy);
        File.WriteAllBytes(Path.Combine(Folder, "model.safetensors"), [.. BitConverter.GetBytes((long)json.Length), .. json, .. data]);
        File.WriteAllText(
            Path.Combine(Folder, "config.json"),
            config(JsonNode.Parse(File.ReadAllBytes(Path.Combine(source, "config.json")))!.AsObject()).ToJsonString());
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
