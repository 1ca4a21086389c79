using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace AlignedProbing.Prompts;

/// <summary>The id of a prompt that comes without one.</summary>
internal static class PromptIdentity
{
    private const int HexDigits = 20;

    /// <summary>
    /// 20 hexadecimal digits of the SHA-256 of (filename, begin, end, text), each with its length before it so that no two lists of parts have the same bytes.
    /// The same row has the same id in every form and on every machine.
    /// </summary>
    public static string Hash(IReadOnlyList<string?> place, string text)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var part = 0; part < 3; part++)
        {
            Append(hash, part < place.Count ? place[part] : null);
        }

        Append(hash, text);
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..HexDigits];
    }

    private static void Append(IncrementalHash hash, string? part)
    {
        var bytes = part is null ? [] : Encoding.UTF8.GetBytes(part);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, part is null ? -1 : bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
