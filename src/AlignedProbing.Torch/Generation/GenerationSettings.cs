using System.Text.Json;
using AlignedProbing.Gguf;

namespace AlignedProbing.Torch.Generation;

/// <summary>What a model's files say of generation: the ids that end a text. Their sampling fields are ignored; sampling is the run's to say.</summary>
/// <param name="EndOfText">The ids that end a text; may be empty.</param>
public sealed record GenerationSettings(IReadOnlyList<int> EndOfText)
{
    /// <summary>
    /// Reads <c>eos_token_id</c>, a number or a list, of <c>generation_config.json</c>, or where that says nothing of <c>config.json</c>; of a GGUF file its
    /// metadata.
    /// </summary>
    /// <exception cref="InputException">A file cannot be read, or the ids are not whole numbers. Negative ones end no text.</exception>
    public static GenerationSettings FromFolder(string folder) =>
        GgufHeader.Is(folder) ? new GenerationSettings(GgufModel.Open(folder).EndOfText())
        : Read(Path.Combine(folder, "generation_config.json")) ?? Read(Path.Combine(folder, "config.json")) ?? new GenerationSettings([]);

    private static GenerationSettings? Read(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using var document = ForeignJson.ParsePython(ForeignJson.Bytes(path, 16 << 20));
            return !document.RootElement.TryGetProperty("eos_token_id", out var ids) ? null
                : ids.ValueKind switch
                {
                    JsonValueKind.Null => null,
                    JsonValueKind.Array => new GenerationSettings([.. ids.EnumerateArray().Select(Id).OfType<int>()]),
                    _ => new GenerationSettings(Id(ids) is { } id ? [id] : []),
                };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new InputException(
                "config-broken",
                $"reading '{path}'",
                error.Message.TrimEnd('.'),
                "Download the file again, or correct eos_token_id",
                error);
        }

        // Compared as numbers by transformers: 2.0 is 2, and a negative one is none that a model writes.
        static int? Id(JsonElement value) =>
            value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var id) && id == Math.Floor(id) && Math.Abs(id) <= int.MaxValue
                ? id < 0 ? null : (int)id
                : throw new JsonException($"eos_token_id holds {value.GetRawText()}, which is not a token id");
    }
}
