
namespace AlignedProbing.Scoring.Ngram;

/// <summary>
/// How the built-in scorer reads characters: case, width, accents and typographic quotes are folded, invisible characters are dropped, so that one spelling
/// does not become many. The rules are generic; none knows a word.
/// </summary>
internal static class TextFolding
{
    /// <summary>A character that is left out.</summary>
    public const char Dropped = '\0';

    // Latin-1 letters from U+00C0 without their accents; '.' marks what is not one letter.
    private const string Latin1 = "aaaaaaaceeeeiiiidnooooo.ouuuuy.saaaaaaaceeeeiiiidnooooo.ouuuuy.y";

    /// <summary>Folds a character: lower case, no accent, ASCII where there is an equivalent; blanks and control characters become a blank.</summary>
    public static char Fold(char c) => c switch
    {
        >= 'a' and <= 'z' => c,
        >= 'A' and <= 'Z' => (char)(c | 0x20),
        < ' ' or '\u007f' => ' ',
        < '\u0080' => c,
        '\u00ad' or (>= '\u200b' and <= '\u200f') or '\u2060' or '\ufeff' or (>= '\ufe00' and <= '\ufe0f') => Dropped,
        '\u2018' or '\u2019' or '\u02bc' or '\u00b4' => '\'',
        '\u201c' or '\u201d' or '\u00ab' or '\u00bb' => '"',
        '\u2010' or '\u2011' or '\u2012' or '\u2013' or '\u2014' => '-',
        >= '\u00c0' and <= '\u00ff' when Latin1[c - '\u00c0'] != '.' => Latin1[c - '\u00c0'],
        >= '\uff01' and <= '\uff5e' => Fold((char)(c - 0xfee0)),
        _ when char.IsWhiteSpace(c) || char.IsControl(c) => ' ',
        _ => char.ToLowerInvariant(c),
    };

    /// <summary>Whether a folded character belongs to a word wherever it stands; half a surrogate pair does, so that an emoji is a word.</summary>
    public static bool IsWord(char c) =>
        (uint)(c - 'a') <= 25 || (uint)(c - '0') <= 9 || c is '*' or '$' || (c > '\u007f' && (char.IsLetterOrDigit(c) || char.IsSurrogate(c)));

    /// <summary>Whether a folded character belongs to a word where it stands between two characters of one: don't, sh!ne, m@ke.</summary>
    public static bool IsWordInside(char c) => c is '\'' or '@' or '!';

    /// <summary>
    /// Undoes the spelling tricks in a word, in place: digits and signs that stand for letters, letters repeated three times or more, and runs of asterisks.
    /// </summary>
    /// <returns>The word's new length.</returns>
    public static int Unmask(Span<char> word)
    {
        var letters = false;
        foreach (var c in word)
        {
            letters |= (uint)(c - 'a') <= 25;
        }

        var length = 0;
        for (var i = 0; i < word.Length; i++)
        {
            var c = letters ? Letter(word[i]) : word[i];
            var run = 1;
            while (i + 1 < word.Length && (letters ? Letter(word[i + 1]) : word[i + 1]) == c)
            {
                (run, i) = (run + 1, i + 1);
            }

            // Consonants are doubled in honest words, vowels drawn out in shouted ones.
            var kept = c == '*' ? 1 : run < 3 ? run : c is 'a' or 'e' or 'i' or 'o' or 'u' ? 1 : 2;
            for (var k = 0; k < kept; k++)
            {
                word[length++] = c;
            }
        }

        return length;
    }

    private static char Letter(char c) => c switch
    {
        '0' => 'o',
        '1' or '!' => 'i',
        '3' => 'e',
        '4' or '@' => 'a',
        '5' or '$' => 's',
        '7' => 't',
        _ => c,
    };
}
