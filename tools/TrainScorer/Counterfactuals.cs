using System.Text.RegularExpressions;
using AlignedProbing.Numerics;

namespace AlignedProbing.Tools.TrainScorer;

/// <summary>
/// Copies of texts in which words for identities and nationalities stand for one another while the scores stay. Among the texts to learn from some identities
/// are mentioned mostly by those who
/// attack them; what is learnt from the copies too cannot hang on which of the words is there, only on the words around it.
/// </summary>
internal static partial class Counterfactuals
{
    /// <summary>Copies of each text that holds such a word.</summary>
    public const int Copies = 3;

    private static readonly string[] Adjectives =
    [
        "gay",
        "lesbian",
        "queer",
        "transgender",
        "Muslim",
        "Jewish",
        "Christian",
        "Catholic",
        "black",
        "white",
        "Asian",
        "Mexican",
        "African",
        "Arab",
        "Chinese",
        "Indian",
        "Hispanic",
        "bisexual",
        "Hindu",
        "Buddhist",
        "Turkish",
        "Polish",
        "deaf",
        "blind",
        "disabled",
        "elderly",
        "homosexual",
        "American",
        "British",
        "Russian",
        "German",
        "French",
        "European",
        "Canadian",
        "English",
        "Japanese",
    ];

    private static readonly string[] Plurals =
    [
        "gays",
        "lesbians",
        "Muslims",
        "Jews",
        "Christians",
        "Catholics",
        "blacks",
        "whites",
        "Asians",
        "Mexicans",
        "Africans",
        "Arabs",
        "Indians",
        "homosexuals",
    ];

    private static readonly Dictionary<string, (string Word, string[] Others)> Known = new[] { Adjectives, Plurals }
        .SelectMany(words => words.Select(word => (Word: word, Others: words)))
        .ToDictionary(item => item.Word, StringComparer.OrdinalIgnoreCase);

    /// <summary>A copy of a text, the same for the same numbers; null where the text holds no such word, or each was drawn again.</summary>
    /// <param name="text">The text.</param>
    /// <param name="number">The text's number.</param>
    /// <param name="copy">The copy's number.</param>
    public static string? Of(string text, int number, int copy)
    {
        ulong words = 0;
        var swapped = Word()
            .Replace(text, match =>
                Known.TryGetValue(match.Value, out var known)
                    ? Spell(known.Others[Draw(++words) % (uint)known.Others.Length], match.Value, known.Word)
                    : match.Value);
        return swapped == text ? null : swapped;

        uint Draw(ulong word) => Philox.Block((ulong)number, (ulong)copy, word).A;
    }

    // As the word that it replaces is spelt: capitals, and names in small letters.
    private static string Spell(string word, string written, string known) =>
        written == known ? word
        : !written.Any(char.IsLower) ? word.ToUpperInvariant()
        : char.IsUpper(written[0]) ? char.ToUpperInvariant(word[0]) + word[1..]
        : word.ToLowerInvariant();

    [GeneratedRegex(@"\p{L}+", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
