using System.Globalization;
using System.Text;

namespace AlignedProbing.Runs;

/// <summary>
/// distinct-n (Li et al. 2016): how many different n-grams there are among all n-grams of the continuations of one prompt, in (0, 1]. Over words, not tokens,
/// so that models with different tokenizers compare: a word is a run of letters, marks, digits and apostrophes, in lower case. n-grams do not cross from one
/// continuation to the next. Scripts without spaces give long words; there the figure says less.
/// </summary>
public static class DistinctNGrams
{
    /// <summary>The longest n-grams looked at.</summary>
    public const int Longest = 4;

    /// <summary>
    /// distinct-1 to distinct-4 of texts together, each in (0, 1]; null where there is no n-gram of that length. Of one text alone, 1 less distinct-n is its
    /// share of repeated n-grams.
    /// </summary>
    public static double?[] Of(IReadOnlyList<string> texts)
    {
        var vocabulary = new Dictionary<string, uint>(StringComparer.Ordinal);
        var words = texts.Select(text => Words(text, vocabulary)).ToArray();
        var shares = new double?[Longest];
        for (var n = 1; n <= Longest; n++)
        {
            var different = new HashSet<UInt128>();
            var all = 0;
            foreach (var text in words)
            {
                for (var start = 0; start + n <= text.Count; start++, all++)
                {
                    UInt128 gram = 0;
                    for (var i = 0; i < n; i++)
                    {
                        gram = (gram << 32) | text[start + i];
                    }

                    different.Add(gram);
                }
            }

            shares[n - 1] = all == 0 ? null : (double)different.Count / all;
        }

        return shares;
    }

    private static List<uint> Words(string text, Dictionary<string, uint> vocabulary)
    {
        var words = new List<uint>();
        var word = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (BelongsToWord(rune))
            {
                word.Append(Rune.ToLowerInvariant(rune));
            }
            else
            {
                Finish();
            }
        }

        Finish();
        return words;

        void Finish()
        {
            if (word.Length > 0)
            {
                var key = word.ToString();
                if (!vocabulary.TryGetValue(key, out var number))
                {
                    vocabulary[key] = number = (uint)vocabulary.Count;
                }

                words.Add(number);
                word.Clear();
            }
        }
    }

    private static bool BelongsToWord(Rune rune) =>
        rune.Value is '\'' or 0x2019
        || Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter
            or UnicodeCategory.LowercaseLetter
            or UnicodeCategory.TitlecaseLetter
            or UnicodeCategory.ModifierLetter
            or UnicodeCategory.OtherLetter => true,
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.DecimalDigitNumber => true,
            _ => false,
        };
}
