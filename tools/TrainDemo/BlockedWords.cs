using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace AlignedProbing.Tools.TrainDemo;

/// <summary>
/// Words that no text of the demo may hold: slurs, names of groups of people, words for sex and for killing. The list beside this file holds their SHA-256
/// hashes, so that the repository does not spell them out.
/// </summary>
internal sealed partial class BlockedWords
{
    private readonly HashSet<string> _hashes;

    private BlockedWords(HashSet<string> hashes) => _hashes = hashes;

    /// <summary>Reads the list that comes with the program.</summary>
    public static BlockedWords Read()
    {
        using var stream = typeof(BlockedWords).Assembly.GetManifestResourceStream("BlockedWords.sha256")
            ?? throw new InvalidOperationException("The list of blocked words is not part of the program.");
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return new BlockedWords([.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)]);
    }

    /// <summary>Whether a text holds such a word (runs of letters, in lower case, compared whole).</summary>
    public bool IsIn(string text)
    {
        foreach (Match word in Word().Matches(text))
        {
            if (_hashes.Contains(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(word.Value.ToLowerInvariant())))))
            {
                return true;
            }
        }

        return false;
    }

    [GeneratedRegex(@"\p{L}+", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
