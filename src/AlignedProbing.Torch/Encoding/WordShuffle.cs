using System.Text;
using AlignedProbing.Numerics;
using AlignedProbing.Runs;

namespace AlignedProbing.Torch.Encoding;

/// <summary>
/// The words of a text in another order: words are what stands between white space, which stays where it is. The order is a function of (seed, prompt id)
/// alone.
/// </summary>
internal static class WordShuffle
{
    public static string Of(string text, int seed, string id)
    {
        var words = new List<(int Start, int Length)>();
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsWhiteSpace(text[i]))
            {
                continue;
            }

            var start = i;
            while (i < text.Length && !char.IsWhiteSpace(text[i]))
            {
                i++;
            }

            words.Add((start, i - start));
        }

        var order = Enumerable.Range(0, words.Count).ToArray();
        var stream = RandomStream.For(seed, ControlEncoding.Permutation, id, 0);
        for (var i = order.Length - 1; i > 0; i--)
        {
            var j = (int)(stream.Uniform(i) * (i + 1));
            (order[i], order[j]) = (order[j], order[i]);
        }

        var shuffled = new StringBuilder(text.Length);
        var at = 0;
        for (var i = 0; i < words.Count; i++)
        {
            var (start, length) = words[order[i]];
            shuffled.Append(text, at, words[i].Start - at).Append(text, start, length);
            at = words[i].Start + words[i].Length;
        }

        return shuffled.Append(text, at, text.Length - at).ToString();
    }
}
