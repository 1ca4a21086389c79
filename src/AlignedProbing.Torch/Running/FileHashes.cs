using System.Security.Cryptography;

namespace AlignedProbing.Torch.Running;

/// <summary>SHA-256 of files that results depend on, for the manifest.</summary>
internal static class FileHashes
{
    /// <summary>The hashes by file name.</summary>
    /// <param name="files">The files.</param>
    /// <param name="stated">What they should be by file name, as far as the Hub stated it.</param>
    /// <param name="owner">The model or adapter they are of, for the message.</param>
    /// <param name="cancellationToken">Stops between files.</param>
    /// <exception cref="InputException"><c>hub-corrupted</c>: a file is not the one that the Hub states.</exception>
    public static IReadOnlyDictionary<string, string> Of(
        IEnumerable<string> files,
        IReadOnlyDictionary<string, string> stated,
        string owner,
        CancellationToken cancellationToken)
    {
        var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var stream = File.OpenRead(file);
            var (name, hash) = (Path.GetFileName(file), Convert.ToHexStringLower(SHA256.HashData(stream)));
            if (stated.TryGetValue(name, out var expected) && expected != hash)
            {
                var damaged = File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file;
                throw new InputException(
                    "hub-corrupted",
                    $"reading '{name}' of '{owner}'",
                    "the file in the cache is not the one that the Hub states: it was damaged or changed since it was downloaded",
                    $"Delete '{damaged}' and run the same command again");
            }

            hashes[name] = hash;
        }

        return hashes;
    }
}
