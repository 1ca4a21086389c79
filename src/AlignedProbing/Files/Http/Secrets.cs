using System.Collections.Concurrent;

namespace AlignedProbing.Files.Http;

/// <summary>
/// The keys and tokens that this process was given. A client adds its own before the first request; whatever is shown or kept of a server's words, and
/// everything that the command prints, passes through <see cref="Hide"/>.
/// </summary>
public static class Secrets
{
    /// <summary>Shorter ones are words that stand anywhere ("EMPTY", "none"): they are not struck out, in UTF-16 units.</summary>
    public const int Shortest = 8;

    private static readonly ConcurrentDictionary<string, string> Known = new(StringComparer.Ordinal);

    /// <summary>Makes a secret known; its percent-encoded form too.</summary>
    /// <param name="secret">The secret; null, blank and short ones are passed over.</param>
    public static void Add(string? secret)
    {
        if (secret?.Trim() is { Length: >= Shortest } some)
        {
            Known[some] = "(key)";
            Known[Uri.EscapeDataString(some)] = "(key)";
        }
    }

    /// <summary>The text with every known secret replaced by <c>(key)</c>.</summary>
    /// <param name="text">The text.</param>
    public static string Hide(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        // The longer first: one secret may hold another.
        foreach (var (secret, shown) in Known.OrderByDescending(pair => pair.Key.Length))
        {
            text = text.Replace(secret, shown, StringComparison.Ordinal);
        }

        return text;
    }
}
