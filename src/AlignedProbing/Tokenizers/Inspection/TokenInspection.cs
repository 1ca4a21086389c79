using System.Text.Encodings.Web;
using System.Text.Json;

namespace AlignedProbing.Tokenizers.Inspection;

/// <summary>
/// What a tokenizer makes of texts, as JSON that other libraries' output can be compared with: a list with one object a text, which has <c>ids</c> (without
/// special tokens), <c>off</c> (for each id its range of the text, in Unicode code points, as Python counts them), <c>sp</c> (the ids with the special tokens
/// that the tokenizer adds) and <c>dec</c> (the text that <c>ids</c> decode to).
/// </summary>
public static class TokenInspection
{
    /// <summary>Writes the list, a line a text.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="destination">Where to; left open.</param>
    /// <exception cref="TokenizerException">A text cannot be tokenized.</exception>
    public static void Write(Tokenizer tokenizer, IEnumerable<string> texts, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(destination);
        using var json = new Utf8JsonWriter(destination, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        var separator = "["u8;
        foreach (var text in texts)
        {
            destination.Write(separator);
            Write(json, tokenizer, text);
            json.Flush();
            json.Reset();
            separator = ",\n"u8;
        }

        destination.Write(separator[0] == '[' ? "[]\n"u8 : "]\n"u8);
    }

    /// <summary>For each index of a text's code units, and for its end, the number of code points before it.</summary>
    /// <param name="text">The text.</param>
    public static int[] CodePointsBefore(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var before = new int[text.Length + 1];
        for (int i = 0, count = 0; i < text.Length; i++)
        {
            before[i] = count;
            count += i + 1 < text.Length && char.IsSurrogatePair(text, i) ? 0 : 1;
            before[i + 1] = count;
        }

        return before;
    }

    private static void Write(Utf8JsonWriter json, Tokenizer tokenizer, string text)
    {
        var tokens = tokenizer.Encode(text, addSpecialTokens: false);
        var codePoints = CodePointsBefore(text);
        json.WriteStartObject();
        WriteNumbers(json, "ids", tokens.Ids);
        json.WriteStartArray("off");
        foreach (var range in tokens.Offsets)
        {
            json.WriteStartArray();
            json.WriteNumberValue(codePoints[range.Start]);
            json.WriteNumberValue(codePoints[range.End]);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        WriteNumbers(json, "sp", tokenizer.Encode(text, addSpecialTokens: true).Ids);
        json.WriteString("dec", tokenizer.Decode(tokens.Ids, skipSpecialTokens: false));
        json.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, int[] numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }
}
