using System.Text;
using System.Text.Json;
using AlignedProbing.ChatTemplates;
using AlignedProbing.Files;
using AlignedProbing.Gguf;

namespace AlignedProbing.Prompts;

/// <summary>Finds a model folder's chat template and the special tokens that it may name.</summary>
public static class ChatTemplateSource
{
    private const int MaxBytes = 1 << 26;
    private const string ConfigFile = "tokenizer_config.json";
    private static readonly string[] TokenNames = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    /// <summary>
    /// Reads <c>chat_template.jinja</c>, or where there is none <c>chat_template</c> in <c>tokenizer_config.json</c>: a text, or a list of named ones, of which
    /// <c>default</c> is taken (or the only one). Special tokens come from <c>tokenizer_config.json</c>, those missing there from
    /// <c>special_tokens_map.json</c>; each is a text or an object with <c>content</c>.
    /// </summary>
    /// <param name="folder">The model folder, or a GGUF file, whose metadata hold both.</param>
    /// <param name="options">The clock, further variables and limits; its special tokens are replaced by the folder's.</param>
    /// <returns>The template; null where the folder has none.</returns>
    /// <exception cref="InputException">A file is broken, there are several templates and none is the default, or the template cannot be used.</exception>
    public static ChatTemplate? FromFolder(string folder, ChatTemplateOptions? options = null)
    {
        if (GgufHeader.Is(folder))
        {
            return FromGguf(folder, options ?? new ChatTemplateOptions());
        }

        using var config = Json(Path.Combine(folder, ConfigFile));
        using var map = Json(Path.Combine(folder, "special_tokens_map.json"));
        var file = Path.Combine(folder, "chat_template.jinja");
        var (path, source) = File.Exists(file)
            ? (file, Text(file))
            : (Path.Combine(folder, ConfigFile), config is null ? null : InConfig(folder, config.RootElement));
        if (source is null)
        {
            return null;
        }

        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in TokenNames)
        {
            if ((Token(config, name) ?? Token(map, name)) is { } token)
            {
                tokens.Add(name, token);
            }
        }

        return Parse(source, (options ?? new ChatTemplateOptions()) with { SpecialTokens = tokens }, path);
    }

    private static ChatTemplate? FromGguf(string path, ChatTemplateOptions options)
    {
        var header = GgufModel.Open(path).Header;
        if (header.Text("tokenizer.chat_template") is not { } source)
        {
            return null;
        }

        var tokens = header.Texts("tokenizer.ggml.tokens") ?? [];
        (string Token, string Key)[] roles =
            [("bos_token", "bos"), ("eos_token", "eos"), ("unk_token", "unknown"), ("sep_token", "seperator"), ("pad_token", "padding")];
        var special = roles
            .Select(role => (role.Token, Id: header.Whole($"tokenizer.ggml.{role.Key}_token_id")))
            .Where(role => role.Id < tokens.Count)
            .ToDictionary(role => role.Token, role => tokens[role.Id!.Value], StringComparer.Ordinal);
        return Parse(source, options with { SpecialTokens = special }, path);
    }

    private static ChatTemplate Parse(string source, ChatTemplateOptions options, string path)
    {
        try
        {
            return ChatTemplate.Parse(source, options);
        }
        catch (ChatTemplateException error)
        {
            throw new InputException(
                "chat-template",
                $"reading the chat template of '{path}'",
                error.Message,
                "Use --chat off, or another template in chat_template.jinja",
                error);
        }
    }

    private static string? InConfig(string folder, JsonElement config)
    {
        if (config.ValueKind != JsonValueKind.Object || !config.TryGetProperty("chat_template", out var template))
        {
            return null;
        }

        switch (template.ValueKind)
        {
            case JsonValueKind.Null:
                return null;
            case JsonValueKind.String:
                return template.GetString();
            case JsonValueKind.Array:
                var named = new Dictionary<string, string>(StringComparer.Ordinal);
                foreach (var entry in template.EnumerateArray())
                {
                    if (entry.ValueKind == JsonValueKind.Object
                        && entry.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String
                        && entry.TryGetProperty("template", out var text) && text.ValueKind == JsonValueKind.String)
                    {
                        named[name.GetString()!] = text.GetString()!;
                    }
                }

                return named.TryGetValue("default", out var found) ? found
                    : named.Count == 1 ? named.Values.First()
                    : throw Broken(
                        Path.Combine(folder, ConfigFile),
                        $"chat_template names {named.Count} templates ({string.Join(", ", named.Keys)}), and none is the default");
            default:
                throw Broken(Path.Combine(folder, ConfigFile), "chat_template is neither a text nor a list");
        }
    }

    private static string? Token(JsonDocument? document, string name)
    {
        if (document?.RootElement is not { ValueKind: JsonValueKind.Object } root || !root.TryGetProperty(name, out var token))
        {
            return null;
        }

        var content = token.ValueKind == JsonValueKind.Object && token.TryGetProperty("content", out var inner) ? inner : token;
        return content.ValueKind == JsonValueKind.String ? content.GetString() : null;
    }

    private static JsonDocument? Json(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return ForeignJson.ParsePython(Bytes(path));
        }
        catch (JsonException error)
        {
            throw Broken(path, $"it is not JSON ({error.Message})", error);
        }
    }

    private static string Text(string path)
    {
        try
        {
            return AtomicWrite.Utf8.GetString(Bytes(path)).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException error)
        {
            throw Broken(path, "it is not UTF-8", error);
        }
    }

    private static byte[] Bytes(string path)
    {
        try
        {
            return new FileInfo(path).Length <= MaxBytes ? File.ReadAllBytes(path) : throw Broken(path, "it is larger than 64 MiB");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Broken(path, error.Message, error);
        }
    }

    private static InputException Broken(string path, string found, Exception? inner = null) =>
        new("tokenizer-config", $"reading '{path}'", found, "Fetch the model's files again, or use --chat off", inner);
}
