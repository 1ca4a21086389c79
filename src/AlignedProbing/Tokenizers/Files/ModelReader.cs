using System.Globalization;
using System.Text.Json;
using AlignedProbing.Tokenizers.Models;

namespace AlignedProbing.Tokenizers.Files;

/// <summary>Reads the model of a tokenizer file from its JSON, whose vocabulary and merges are too large to be held as JSON.</summary>
internal sealed class ModelReader
{
    private readonly byte[] _json;
    private readonly Dictionary<string, JsonElement> _settings = new(StringComparer.Ordinal);
    private (int Start, int Length)? _vocabulary;
    private (int Start, int Length)? _merges;

    private ModelReader(byte[] json) => _json = json;

    /// <summary>Reads the model at the reader's place, an object, and moves to its end.</summary>
    /// <param name="json">The whole file, from whose first byte on the reader reads.</param>
    /// <param name="reader">Stands on the object's beginning.</param>
    public static TokenModel Read(byte[] json, ref Utf8JsonReader reader)
    {
        var model = new ModelReader(json);
        model.Scan(ref reader);
        return model.Create();
    }

    private void Scan(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw JsonComponent.Wrong("'model' is not an object");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isVocabulary = reader.ValueTextEquals("vocab");
            if (isVocabulary || reader.ValueTextEquals("merges"))
            {
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                var place = (start, (int)reader.BytesConsumed - start);
                if ((isVocabulary ? _vocabulary : _merges) is not null)
                {
                    throw new JsonException($"'model.{(isVocabulary ? "vocab" : "merges")}' stands there twice");
                }

                _vocabulary = isVocabulary ? place : _vocabulary;
                _merges = isVocabulary ? _merges : place;
            }
            else
            {
                var name = reader.GetString()!;
                if (!_settings.TryAdd(name, ForeignJson.Value(_json, ref reader)))
                {
                    throw new JsonException($"'model.{name}' stands there twice");
                }
            }
        }
    }

    private TokenModel Create()
    {
        var component = new JsonComponent(JsonSerializer.SerializeToElement(_settings), "model");

        // Old files leave the type out; what else is there tells it.
        var type = component.OptionalText("type")
            ?? (_merges is not null ? "BPE" : component.Has("unk_id") ? "Unigram" : component.Has("continuing_subword_prefix") ? "WordPiece" : "WordLevel");
        return type switch
        {
            "BPE" => BytePair(component),
            "Unigram" => new UnigramModel(ReadScored(), component.OptionalNumber("unk_id"), component.OptionalFlag("byte_fallback") ?? false),
            "WordPiece" => WordPiece(component),
            "WordLevel" => new WordLevelModel(new Vocabulary(ReadVocabulary()), component.Text("unk_token")),
            _ => throw component.Unknown("model"),
        };
    }

    private BytePairModel BytePair(JsonComponent component)
    {
        var options = new BytePairOptions(
            component.OptionalText("unk_token"),
            component.OptionalText("continuing_subword_prefix") ?? "",
            component.OptionalText("end_of_word_suffix") ?? "",
            component.OptionalFlag("fuse_unk") ?? false,
            component.OptionalFlag("byte_fallback") ?? false,
            component.OptionalFlag("ignore_merges") ?? false);
        var vocabulary = new Vocabulary(ReadVocabulary());
        return new BytePairModel(vocabulary, ReadMerges(vocabulary, options.ContinuingPrefix.Length), options);
    }

    private WordPieceModel WordPiece(JsonComponent component)
    {
        var ids = ReadVocabulary();
        return new WordPieceModel(
            new Vocabulary(ids),
            component.Text("unk_token"),
            component.Text("continuing_subword_prefix"),
            component.OptionalNumber("max_input_chars_per_word") ?? 100,
            ids.Keys.Select(token => token.Length).DefaultIfEmpty(1).Max());
    }

    /// <summary>A reader on a value that lies at a place of the file.</summary>
    private Utf8JsonReader ReaderOn((int Start, int Length)? place, string name, JsonTokenType expected)
    {
        if (place is null)
        {
            throw JsonComponent.Wrong($"'model.{name}' is missing");
        }

        var reader = ForeignJson.Reader(_json.AsSpan(place.Value.Start, place.Value.Length), deepest: 8);
        reader.Read();
        return reader.TokenType == expected
            ? reader
            : throw JsonComponent.Wrong($"'model.{name}' is not {(expected == JsonTokenType.StartObject ? "an object" : "a list")}");
    }

    private Dictionary<string, int> ReadVocabulary()
    {
        var reader = ReaderOn(_vocabulary, "vocab", JsonTokenType.StartObject);
        var ids = new Dictionary<string, int>(_vocabulary!.Value.Length / 20, StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var token = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var id) || id < 0)
            {
                throw JsonComponent.Wrong($"'model.vocab' gives '{token}' no id from 0 to {int.MaxValue.ToString(CultureInfo.InvariantCulture)}");
            }

            ids[token] = id;
        }

        return ids;
    }

    private List<(string Token, double Score)> ReadScored()
    {
        var reader = ReaderOn(_vocabulary, "vocab", JsonTokenType.StartArray);
        var tokens = new List<(string, double)>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartArray
                || !reader.Read() || reader.TokenType != JsonTokenType.String || reader.GetString() is not { } token
                || !reader.Read() || reader.TokenType != JsonTokenType.Number || !TryReadScore(reader.ValueSpan, out var score)
                || !reader.Read() || reader.TokenType != JsonTokenType.EndArray)
            {
                throw JsonComponent.Wrong(string.Create(CultureInfo.InvariantCulture, $"entry {tokens.Count} of 'model.vocab' is not a token with its score"));
            }

            tokens.Add((token, score));
        }

        return tokens;
    }

    private static bool TryReadScore(ReadOnlySpan<byte> digits, out double score)
    {
        score = ReferenceNumber.Parse(digits);
        return double.IsFinite(score);
    }

    private MergeTable ReadMerges(Vocabulary vocabulary, int prefixLength)
    {
        var reader = ReaderOn(_merges, "merges", JsonTokenType.StartArray);
        var builder = new MergeTableBuilder(vocabulary, prefixLength);
        var left = new char[256];
        var right = new char[256];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.String)
            {
                builder.AddLine(Text(ref reader, ref left));
                continue;
            }

            Require(reader.TokenType == JsonTokenType.StartArray && reader.Read() && reader.TokenType == JsonTokenType.String);
            var leftLength = Text(ref reader, ref left).Length;
            Require(reader.Read() && reader.TokenType == JsonTokenType.String);
            var rightLength = Text(ref reader, ref right).Length;
            Require(reader.Read() && reader.TokenType == JsonTokenType.EndArray);
            builder.Add(left.AsSpan(0, leftLength), right.AsSpan(0, rightLength));
        }

        return builder.Build();

        void Require(bool isPair)
        {
            if (!isPair)
            {
                throw JsonComponent.Wrong(string.Create(CultureInfo.InvariantCulture, $"entry {builder.Count} of 'model.merges' is not a pair of tokens"));
            }
        }
    }

    /// <summary>The text at the reader's place, in a buffer that grows as needed.</summary>
    private static ReadOnlySpan<char> Text(ref Utf8JsonReader reader, ref char[] buffer)
    {
        if (reader.ValueSpan.Length > buffer.Length)
        {
            buffer = new char[reader.ValueSpan.Length];
        }

        return buffer.AsSpan(0, reader.CopyString(buffer));
    }
}
