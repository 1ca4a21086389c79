using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AlignedProbing.Hub;

/// <summary>
/// The hash that a blob is named by: SHA-256 of a large file's bytes, for others the object name that git gives them (SHA-1 of <c>blob {size}\0</c> and the
/// bytes). It finds what was damaged on its way; who sends other files on purpose would send other hashes as well.
/// </summary>
internal sealed class BlobHash : IDisposable
{
    private readonly IncrementalHash _hash;

    private BlobHash(IncrementalHash hash) => _hash = hash;

    /// <summary>Whether a text is such a hash.</summary>
    public static bool IsKnown(string? text) => text is { Length: 40 or 64 } && text.All(character => character is (>= '0' and <= '9') or (>= 'a' and <= 'f'));

    /// <summary>Begins the hash of that form for a file of that size.</summary>
    public static BlobHash Begin(string expected, long size)
    {
        if (expected.Length == 64)
        {
            return new BlobHash(IncrementalHash.CreateHash(HashAlgorithmName.SHA256));
        }

        // Git's name of a file, no protection against anybody.
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {size}\0")));
        return new BlobHash(hash);
    }

    public void Append(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    /// <summary>The hash in lower-case hexadecimal digits.</summary>
    public string End() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public void Dispose() => _hash.Dispose();
}
