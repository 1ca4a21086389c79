namespace AlignedProbing.Files.Http;

/// <summary>What servers say, fit for terminals and files.</summary>
internal static class ServerText
{
    private const int Most = 300;

    /// <summary>
    /// A server's words on one line: without what a terminal would obey and without the secrets that this process knows, at most 300 characters, without the
    /// full stop at their end.
    /// </summary>
    /// <param name="text">The words.</param>
    /// <param name="secret">A key that a server may have repeated; it is struck out however short it is. Null where there is none.</param>
    public static string OneLine(string text, string? secret = null)
    {
        var hidden = Secrets.Hide(string.IsNullOrEmpty(secret) ? text : text.Replace(secret, "(key)", StringComparison.Ordinal));
        var clean = string.Concat(hidden.Select(c => IsPlain(c) ? c : ' ')).Trim().TrimEnd('.');
        return CleanText.Cut(clean, Most);
    }

    private static bool IsPlain(char c) => !char.IsControl(c) && !char.IsSurrogate(c) && c is not (>= '\u202A' and <= '\u202E' or >= '\u2066' and <= '\u2069');
}
