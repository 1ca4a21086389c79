using System.Security.Cryptography;

namespace AlignedProbing.Files;

/// <summary>
/// What a file held when it was written: its length and SHA-256. Of a large array also that of each part, so that a reader of one pays for one.
/// </summary>
public sealed record FileSum
{
    // More parts than this (a direction of a probe each) are read together in any case.
    private const int MostParts = 4096;

    /// <summary>Length in bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>SHA-256 of the whole file, lower-case hexadecimal.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Of an .npy of three or more axes: SHA-256 of all that is before its elements; null otherwise.</summary>
    public string? Head { get; init; }

    /// <summary>Of such an .npy: SHA-256 of each index of its first axis (a layer, a cell); null otherwise.</summary>
    public IReadOnlyList<string>? Parts { get; init; }

    /// <summary>Sums a file up.</summary>
    public static FileSum Of(string path)
    {
        var parts = path.EndsWith(".npy", StringComparison.Ordinal) ? PartsOf(path) : null;
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
        return new FileSum
        {
            Bytes = stream.Length,
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(stream)),
            Head = parts?[0],
            Parts = parts?[1..],
        };
    }

    // The first of them is the head.
    private static string[]? PartsOf(string path)
    {
        using var file = NpyFile.Open(path);
        return file.Shape.Count >= 3 && file.Shape[0] <= MostParts
            ? [file.HashOfHead(), .. Enumerable.Range(0, (int)file.Shape[0]).Select(file.HashOfPart)]
            : null;
    }
}
