using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace AlignedProbing.Tools.TrainDemo;

/// <summary>
/// Byte-level byte-pair encoding: learns merges from texts, writes <c>tokenizer.json</c>. Id 0 ends a text, 1 to 256 are the bytes, then the merges in the
/// order learnt.
/// </summary>
internal sealed partial class BytePairTokenizer
{
    /// <summary>The token that ends a text.</summary>
    public const string EndOfText = "<|endoftext|>";

    /// <summary>Its id.</summary>
    public const int EndOfTextId = 0;

    private const int FirstByteId = 1;
    private readonly List<(int Left, int Right)> _merges;
    private readonly Dictionary<(int Left, int Right), int> _ranks = [];
    private readonly List<string> _tokens;

    private BytePairTokenizer(List<(int Left, int Right)> merges, List<string> tokens)
    {
        _merges = merges;
        _tokens = tokens;
        for (var i = 0; i < merges.Count; i++)
        {
            _ranks.Add(merges[i], i);
        }
    }

    /// <summary>Number of entries.</summary>
    public int VocabularySize => _tokens.Count;

    /// <summary>
    /// Learns merges: always the pair that occurs most often, of equals the one with the smaller ids. Nothing random, so the same texts give the same file.
    /// </summary>
    /// <param name="texts">The texts.</param>
    /// <param name="vocabularySize">Entries at most; there are fewer where no pair occurs twice any more.</param>
    public static BytePairTokenizer Train(IEnumerable<string> texts, int vocabularySize)
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var word in texts.SelectMany(Split))
        {
            counts[word] = counts.GetValueOrDefault(word) + 1;
        }

        var words = counts.Select(entry => (Ids: Bytes(entry.Key), Count: entry.Value)).ToArray();
        var merges = new List<(int Left, int Right)>();
        List<string> tokens = [EndOfText, .. Enumerable.Range(0, 256).Select(value => Printable((byte)value).ToString())];
        var pairs = new Dictionary<(int Left, int Right), int>();
        while (tokens.Count < vocabularySize)
        {
            pairs.Clear();
            foreach (var (ids, count) in words)
            {
                for (var i = 1; i < ids.Count; i++)
                {
                    pairs[(ids[i - 1], ids[i])] = pairs.GetValueOrDefault((ids[i - 1], ids[i])) + count;
                }
            }

            if (pairs.Count == 0 || pairs.Values.Max() < 2)
            {
                break;
            }

            var most = pairs.Values.Max();
            var best = pairs.Where(pair => pair.Value == most).Min(pair => pair.Key);
            foreach (var (ids, _) in words)
            {
                Merge(ids, best, tokens.Count);
            }

            merges.Add(best);
            tokens.Add(tokens[best.Left] + tokens[best.Right]);
        }

        return new BytePairTokenizer(merges, tokens);
    }

    /// <summary>The ids of a text, without an end-of-text id.</summary>
    public int[] Encode(string text)
    {
        var all = new List<int>();
        foreach (var word in Split(text))
        {
            var ids = Bytes(word);
            while (true)
            {
                var first = int.MaxValue;
                for (var i = 1; i < ids.Count; i++)
                {
                    first = Math.Min(first, _ranks.GetValueOrDefault((ids[i - 1], ids[i]), int.MaxValue));
                }

                if (first == int.MaxValue)
                {
                    break;
                }

                Merge(ids, _merges[first], FirstByteId + 256 + first);
            }

            all.AddRange(ids);
        }

        return [.. all];
    }

    /// <summary>Writes Hugging Face's <c>tokenizer.json</c>.</summary>
    public void Write(Stream destination)
    {
        using var writer = new Utf8JsonWriter(destination, DemoFolder.Indented);
        writer.WriteStartObject();
        writer.WriteString("version", "1.0");
        writer.WriteNull("truncation");
        writer.WriteNull("padding");
        writer.WriteStartArray("added_tokens");
        writer.WriteStartObject();
        writer.WriteNumber("id", EndOfTextId);
        writer.WriteString("content", EndOfText);
        foreach (var flag in (string[])["single_word", "lstrip", "rstrip", "normalized"])
        {
            writer.WriteBoolean(flag, false);
        }

        writer.WriteBoolean("special", true);
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteNull("normalizer");
        WriteByteLevel(writer, "pre_tokenizer", addPrefixSpace: false);
        writer.WriteNull("post_processor");
        WriteByteLevel(writer, "decoder", addPrefixSpace: true);
        writer.WriteStartObject("model");
        writer.WriteString("type", "BPE");
        foreach (var name in (string[])["dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"])
        {
            writer.WriteNull(name);
        }

        foreach (var name in (string[])["fuse_unk", "byte_fallback", "ignore_merges"])
        {
            writer.WriteBoolean(name, false);
        }

        writer.WriteStartObject("vocab");
        for (var id = 0; id < _tokens.Count; id++)
        {
            writer.WriteNumber(_tokens[id], id);
        }

        writer.WriteEndObject();
        writer.WriteStartArray("merges");
        foreach (var (left, right) in _merges)
        {
            writer.WriteStringValue($"{_tokens[left]} {_tokens[right]}");
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteByteLevel(Utf8JsonWriter writer, string name, bool addPrefixSpace)
    {
        writer.WriteStartObject(name);
        writer.WriteString("type", "ByteLevel");
        writer.WriteBoolean("add_prefix_space", addPrefixSpace);
        writer.WriteBoolean("trim_offsets", true);
        writer.WriteBoolean("use_regex", true);
        writer.WriteEndObject();
    }

    private static void Merge(List<int> ids, (int Left, int Right) pair, int merged)
    {
        var kept = 0;
        for (var i = 0; i < ids.Count; i++)
        {
            var isPair = i + 1 < ids.Count && ids[i] == pair.Left && ids[i + 1] == pair.Right;
            ids[kept++] = isPair ? merged : ids[i];
            i += isPair ? 1 : 0;
        }

        ids.RemoveRange(kept, ids.Count - kept);
    }

    private static IEnumerable<string> Split(string text) => Word().Matches(text).Select(match => match.Value);

    private static List<int> Bytes(string word) => [.. Encoding.UTF8.GetBytes(word).Select(value => FirstByteId + value)];

    /// <summary>GPT-2's printable stand-in of a byte: itself where it can be seen, else the next free character from U+0100 on.</summary>
    private static char Printable(byte value)
    {
        if (IsVisible(value))
        {
            return (char)value;
        }

        var before = Enumerable.Range(0, value).Count(other => !IsVisible((byte)other));
        return (char)(256 + before);

        static bool IsVisible(byte value) => value is (>= 33 and <= 126) or (>= 161 and <= 172) or >= 174;
    }

    // The words that the ByteLevel pre-tokenizer of tokenizer.json makes (GPT-2's).
    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
