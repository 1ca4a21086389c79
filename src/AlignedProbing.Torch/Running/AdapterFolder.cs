using AlignedProbing.Hub;
using AlignedProbing.Runs;
using AlignedProbing.Torch.Checkpoints.Adapters;

namespace AlignedProbing.Torch.Running;

/// <summary>An adapter's files on disk.</summary>
internal sealed class AdapterFolder
{
    private readonly string _weights;
    private readonly IReadOnlyDictionary<string, string> _stated;

    private AdapterFolder(string path, string name, IReadOnlyDictionary<string, string> stated)
    {
        (FullPath, Name, _stated) = (path, name, stated);
        using var adapter = LoraAdapter.Open(path);
        _weights = adapter.WeightFile;
    }

    /// <summary>Where it is.</summary>
    public string FullPath { get; }

    /// <summary>The folder's name, or the name on the Hub.</summary>
    public string Name { get; }

    private string? Revision { get; init; }

    private string? Commit { get; init; }

    /// <summary>
    /// Opens the adapter a user named, a folder or else a name on the Hub, and checks its configuration and keys; one on the Hub is downloaded unless it is in
    /// the cache.
    /// </summary>
    /// <param name="adapter">A folder, or <c>org/name</c>.</param>
    /// <param name="commit">The commit to take, where a run has settled it before; null for what <c>main</c> is now.</param>
    /// <param name="machine">The machine, whose log hears of downloads.</param>
    /// <param name="cancellationToken">Stops a download; what came is kept.</param>
    /// <exception cref="InputException">It is absent, cannot be fetched, or cannot be used.</exception>
    public static async Task<AdapterFolder> OpenAsync(string adapter, string? commit, RunMachine machine, CancellationToken cancellationToken)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(Path.Combine(machine.WorkingFolder, adapter)));
        if (Path.Exists(path) || !IsOnHub(adapter))
        {
            return new AdapterFolder(path, Path.GetFileName(path), new Dictionary<string, string>());
        }

        var found = await ModelSource
            .FetchAsync("--adapter", adapter, commit, HubFileSet.Adapter, checkConfig: null, LoraAdapter.CheckConfig, machine, cancellationToken)
            .ConfigureAwait(false);
        return new AdapterFolder(found.Folder, found.Name, found.Sha256) { Revision = HubModels.DefaultRevision, Commit = found.Commit };
    }

    /// <summary>What the manifest says of it.</summary>
    /// <exception cref="InputException"><c>hub-corrupted</c>: a file is not the one that the Hub states.</exception>
    public AdapterManifest Describe(CancellationToken cancellationToken) => new()
    {
        Name = Name,
        Revision = Revision,
        Commit = Commit,
        Sha256 = FileHashes.Of([Path.Combine(FullPath, LoraAdapter.ConfigFile), _weights], _stated, Name, cancellationToken),
    };

    // The old names without an organisation, such as gpt2, are none of adapters: a misspelt folder is not looked for on the Hub.
    private static bool IsOnHub(string adapter) => adapter.Contains('/', StringComparison.Ordinal) && HubModels.IsName(adapter);
}
