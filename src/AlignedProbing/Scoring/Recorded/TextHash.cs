using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace AlignedProbing.Scoring.Recorded;

/// <summary>What a text is known by where scores are kept without it.</summary>
public static class TextHash
{
    /// <summary>
    /// Of a text that stands alone its hash; of one that goes on another the hash of both hashes, so that the same words after other words are another text.
    /// </summary>
    public static string Of(TextInContext text) => text.Before is { } before ? Of(Of(before) + Of(text.Text)) : Of(text.Text);

    /// <summary>
    /// SHA-256 of the text in UTF-8, in lower-case hexadecimal; of its UTF-16 code units where it has half a surrogate pair, which UTF-8 cannot hold.
    /// </summary>
    public static string Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            return Convert.ToHexStringLower(SHA256.HashData(Files.AtomicWrite.Utf8.GetBytes(text)));
        }
        catch (EncoderFallbackException)
        {
            return Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(text.AsSpan())));
        }
    }
}
