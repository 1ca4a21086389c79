using System.Text;
using AlignedProbing.Tokenizers;
using AlignedProbing.Tokenizers.Decoders;
using AlignedProbing.Tokenizers.Files;
using AlignedProbing.Tokenizers.Normalizers;
using AlignedProbing.Tokenizers.PreTokenizers;
using AlignedProbing.Tokenizers.Text;

namespace AlignedProbing.Tests.Tokenizers;

/// <summary>Small tokenizer files for tests, written around the part that a test is about.</summary>
internal static class TokenizerJson
{
    /// <summary>Every word is a token; the ids are the positions, 0 is unknown.</summary>
    public static string WordLevel(params ReadOnlySpan<string> words)
    {
        var vocabulary = new StringBuilder("\"<unk>\":0");
        for (var i = 0; i < words.Length; i++)
        {
            vocabulary.Append(System.Globalization.CultureInfo.InvariantCulture, $",{System.Text.Json.JsonSerializer.Serialize(words[i])}:{i + 1}");
        }

        return $$$"""{"type":"WordLevel","unk_token":"<unk>","vocab":{ {{{vocabulary}}} }}""";
    }

    /// <summary>A tokenizer of the parts given; a part left out is null in the file.</summary>
    public static Tokenizer Create(
        string model,
        string? normalizer = null,
        string? preTokenizer = null,
        string? postProcessor = null,
        string? decoder = null,
        string addedTokens = "[]"
    ) =>
        Read(
            $$"""
            {"version":"1.0","truncation":{"max_length":2,"strategy":"LongestFirst","stride":0},"padding":null,"added_tokens":{{addedTokens}},
            "normalizer":{{normalizer ?? "null"}},"pre_tokenizer":{{preTokenizer ?? "null"}},"post_processor":{{postProcessor ?? "null"}},
            "decoder":{{decoder ?? "null"}},"model":{{model}}}
            """);

    /// <summary>A tokenizer from the text of its file.</summary>
    public static Tokenizer Read(string json) => new(TokenizerFile.Read(Encoding.UTF8.GetBytes(json)));

    /// <summary>The text as normalized: the pieces of a text that is one word to the model.</summary>
    public static string Normalize(string normalizer, string text)
    {
        using var document = System.Text.Json.JsonDocument.Parse(normalizer);
        return NormalizerCatalog.Create(new JsonComponent(document.RootElement, "normalizer")).Normalize(new AlignedText(text.AsMemory(), 0)).Span.ToString();
    }

    /// <summary>The ranges of the original that a normalizer gives each code unit.</summary>
    public static string Ranges(string normalizer, string text)
    {
        using var document = System.Text.Json.JsonDocument.Parse(normalizer);
        var normalized = NormalizerCatalog.Create(new JsonComponent(document.RootElement, "normalizer")).Normalize(new AlignedText(text.AsMemory(), 0));
        return string.Join(' ', Enumerable.Range(0, normalized.Length).Select(i => $"{normalized.StartOf(i)}-{normalized.EndOf(i)}"));
    }

    /// <summary>The pieces that a pre-tokenizer cuts a text into.</summary>
    public static string[] PreTokenize(string preTokenizer, string text)
    {
        using var document = System.Text.Json.JsonDocument.Parse(preTokenizer);
        List<Piece> pieces = [new Piece(new AlignedText(text.AsMemory(), 0), 0, text.Length)];
        foreach (var step in PreTokenizerCatalog.Create(new JsonComponent(document.RootElement, "pre_tokenizer")))
        {
            var output = new List<Piece>();
            step.Split(pieces, output);
            pieces = output;
        }

        return [.. pieces.Select(piece => piece.Span.ToString())];
    }

    /// <summary>What a decoder makes of tokens.</summary>
    public static string Decode(string decoder, params string[] tokens)
    {
        using var document = System.Text.Json.JsonDocument.Parse(decoder);
        return string.Concat(DecoderCatalog.Create(new JsonComponent(document.RootElement, "decoder")).Decode([.. tokens]));
    }
}
