using System.Text.Json;
using AlignedProbing.Tokenizers;

namespace AlignedProbing.Tests.Prompts;

/// <summary>A byte-level tokenizer without merges, so that every ASCII character is a token and a token's place is its character's.</summary>
internal static class CharacterTokenizer
{
    /// <summary>The id of the token for a text's beginning.</summary>
    public const int Begin = 0;

    /// <summary>The id of the token for a text's end.</summary>
    public const int End = 1;

    /// <summary>Writes and reads one.</summary>
    public static Tokenizer Create(string folder, bool addsBegin = false, bool addsEnd = false)
    {
        var vocabulary = new Dictionary<string, int> { ["<s>"] = Begin, ["</s>"] = End };
        for (var value = 0; value < 256; value++)
        {
            vocabulary.Add(Letter((byte)value), value + 2);
        }

        object Special(string token) => new { SpecialToken = new { id = token, type_id = 0 } };
        object text = new { Sequence = new { id = "A", type_id = 0 } };
        var single = new List<object> { text };
        if (addsBegin)
        {
            single.Insert(0, Special("<s>"));
        }

        if (addsEnd)
        {
            single.Add(Special("</s>"));
        }

        var json = JsonSerializer.Serialize(new
        {
            version = "1.0",
            added_tokens = new[] { Added("<s>", Begin), Added("</s>", End) },
            pre_tokenizer = new { type = "ByteLevel", add_prefix_space = false, trim_offsets = false, use_regex = true },
            post_processor = new
            {
                type = "TemplateProcessing",
                single,
                pair = single,
                special_tokens = new Dictionary<string, object>
                {
                    ["<s>"] = new { id = "<s>", ids = new[] { Begin }, tokens = new[] { "<s>" } },
                    ["</s>"] = new { id = "</s>", ids = new[] { End }, tokens = new[] { "</s>" } },
                },
            },
            decoder = new { type = "ByteLevel", add_prefix_space = false, trim_offsets = false, use_regex = true },
            model = new { type = "BPE", vocab = vocabulary, merges = Array.Empty<string>() },
        });
        var path = Path.Combine(folder, "tokenizer.json");
        File.WriteAllText(path, json);
        return Tokenizer.FromFile(path);
    }

    private static object Added(string content, int id) =>
        new
        {
            id,
            content,
            single_word = false,
            lstrip = false,
            rstrip = false,
            normalized = false,
            special = true,
        };

    // GPT-2's alphabet: bytes that print stand for themselves, the others for characters from U+0100 on.
    private static string Letter(byte value)
    {
        static bool Prints(int candidate) => candidate is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE and <= 0xFF;
        return Prints(value) ? ((char)value).ToString() : ((char)(0x100 + Enumerable.Range(0, value).Count(earlier => !Prints(earlier)))).ToString();
    }
}
