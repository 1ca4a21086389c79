using System.Security.Cryptography;
using AlignedProbing.Runs;
using AlignedProbing.Torch.Checkpoints.Adapters;

namespace AlignedProbing.Cli.Pipeline;

/// <summary>An adapter's files on disk.</summary>
internal sealed class AdapterFolder
{
    private readonly string _weights;

    private AdapterFolder(string path, string weights) => (FullPath, _weights) = (path, weights);

    /// <summary>Where it is.</summary>
    public string FullPath { get; }

    /// <summary>Opens the folder a user named and checks its configuration and keys.</summary>
    /// <exception cref="InputException">It is absent, or cannot be used.</exception>
    public static AdapterFolder Open(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        using var adapter = LoraAdapter.Open(full);
        return new AdapterFolder(full, adapter.WeightFile);
    }

    /// <summary>What the manifest says of it.</summary>
    public AdapterManifest Describe() => new()
    {
        Name = Path.GetFileName(FullPath),
        Sha256 = new SortedDictionary<string, string>(new[] { Path.Combine(FullPath, LoraAdapter.ConfigFile), _weights }.ToDictionary(file => Path.GetFileName(file), Hash), StringComparer.Ordinal),
    };

    private static string Hash(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
