using AlignedProbing.Tokenizers.PreTokenizers;
using System.Text.Json;
using AlignedProbing.Tokenizers.AddedTokens;
using AlignedProbing.Tokenizers.Decoders;
using AlignedProbing.Tokenizers.Models;
using AlignedProbing.Tokenizers.Normalizers;
using AlignedProbing.Tokenizers.PostProcessors;

namespace AlignedProbing.Tokenizers.Files;

/// <summary>The stages of a tokenizer as its file describes them.</summary>
internal sealed class TokenizerFile
{
    /// <summary>A file of more bytes is refused; the largest known one has 33 million.</summary>
    public const long LargestSize = 1L << 29;

    private const int DeepestNesting = 128;
    private const string Asked = "reading the tokenizer's file";
    private readonly Dictionary<string, JsonElement> _sections = new(StringComparer.Ordinal);

    private readonly Func<JsonComponent, JsonComponent> _adjust;

    private TokenizerFile(Func<JsonComponent, JsonComponent> adjust) => _adjust = adjust;

    /// <summary>Reads <c>tokenizer.json</c>. Its <c>truncation</c> and <c>padding</c> are ignored.</summary>
    /// <param name="json">The file.</param>
    /// <param name="adjust">Changes settings of the normalizer, the pre-tokenizer and the post-processor; null for the file's own.</param>
    /// <exception cref="TokenizerException">It is not one, or has a part that is not known.</exception>
    public static TokenizerParts Read(byte[] json, Func<JsonComponent, JsonComponent>? adjust = null)
    {
        try
        {
            return new TokenizerFile(adjust ?? (component => component)).ReadParts(json);
        }
        catch (JsonTextException e)
        {
            throw new TokenizerException(Asked, $"it holds text that is not Unicode ({e.Message.TrimEnd('.')})", "Download the file again", e);
        }
        catch (JsonException e)
        {
            throw new TokenizerException(Asked, $"it is not JSON ({e.Message.TrimEnd('.')})", "Check that the file is complete; download it again", e);
        }
    }

    private TokenizerParts ReadParts(byte[] json)
    {
        // As deep as the Rust library's JSON reader goes.
        var reader = ForeignJson.Reader(json, DeepestNesting);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new TokenizerException(Asked, "it is not a JSON object", "Give a tokenizer.json as the Hugging Face library saves it");
        }

        TokenModel? model = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (name == "model" && model is null)
            {
                reader.Read();
                model = ModelReader.Read(json, ref reader);
            }
            else if (name == "model" || !_sections.TryAdd(name, ForeignJson.Value(json, ref reader)))
            {
                throw new JsonException($"'{name}' stands there twice");
            }
        }

        while (reader.Read())
        {
            // Whatever follows the object is an error that the reader finds.
        }

        if (model is null)
        {
            throw new TokenizerException(Asked, "it has no 'model'", "Give a tokenizer.json as the Hugging Face library saves it");
        }

        var added = ReadAddedTokens();
        return new TokenizerParts
        {
            Model = model,
            AddedTokens = [.. added.Select(pair => pair.Token)],
            AddedIds = [.. added.Select(pair => pair.Id)],
            Normalizer = Section("normalizer") is { } normalizer ? NormalizerCatalog.Create(normalizer) : null,
            PreTokenizers = Section("pre_tokenizer") is { } preTokenizer ? [.. PreTokenizerCatalog.Create(preTokenizer)] : [],
            PostProcessor = Section("post_processor") is { } postProcessor ? PostProcessorCatalog.Create(postProcessor) : null,
            Decoder = Section("decoder") is { } decoder ? DecoderCatalog.Create(decoder) : null,
        };
    }

    private JsonComponent? Section(string name) =>
        _sections.TryGetValue(name, out var element) && element.ValueKind != JsonValueKind.Null ? _adjust(new JsonComponent(element, name)) : null;

    private List<(int Id, AddedToken Token)> ReadAddedTokens()
    {
        var tokens = new List<(int, AddedToken)>();
        if (!_sections.TryGetValue("added_tokens", out var list) || list.ValueKind == JsonValueKind.Null)
        {
            return tokens;
        }

        if (list.ValueKind != JsonValueKind.Array)
        {
            throw JsonComponent.Wrong("'added_tokens' is not a list");
        }

        foreach (var element in list.EnumerateArray())
        {
            var token = new JsonComponent(element, "added_tokens[]");
            tokens.Add((token.OptionalNumber("id") ?? -1, new AddedToken(
                token.Text("content"),
                token.OptionalFlag("single_word") ?? false,
                token.OptionalFlag("lstrip") ?? false,
                token.OptionalFlag("rstrip") ?? false,
                token.OptionalFlag("normalized") ?? true,
                token.OptionalFlag("special") ?? false)));
        }

        return tokens;
    }
}
