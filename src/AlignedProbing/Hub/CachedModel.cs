namespace AlignedProbing.Hub;

/// <summary>What the cache holds of a model, without asking anybody.</summary>
internal sealed class CachedModel
{
    private readonly HubRequest _request;
    private readonly string _revision;
    private readonly HubOptions _options;
    private readonly HubCache _cache;
    private readonly string? _commit;

    public CachedModel(HubRequest request, string revision, HubOptions options)
    {
        (_request, _revision, _options) = (request, revision, options);
        _cache = new HubCache(options.CacheFolder, request);
        _commit = _cache.Commit(revision);
    }

    /// <summary>
    /// Whether a commit was named, which never changes, and each of its files is there or known not to exist: the network has nothing to add.
    /// </summary>
    public bool IsKnownComplete() =>
        _commit == _revision
        && (_request.File is not null || ModelFiles.Small(_request.Files, _ => true).All(file => IsThere(file) || _cache.IsAbsent(_commit, file)))
        && IsEnough();

    /// <summary>Whether what cannot be done without is there.</summary>
    public bool IsEnough() => _commit is not null && Missing() is null;

    /// <summary>Opens the cached files.</summary>
    /// <exception cref="InputException"><c>hub-offline</c>: something is not there.</exception>
    public HubModel Open()
    {
        if (_commit is null)
        {
            throw HubErrors.Offline(_request, _revision, _options.CacheFolder, "it is not");
        }

        if (Missing() is { } missing)
        {
            throw HubErrors.Offline(
                _request,
                _revision,
                _options.CacheFolder,
                $"commit {_commit[..12]} is there without {missing}: it was not downloaded, or not to the end,");
        }

        var folder = _cache.Snapshot(_commit);
        return new HubModel { Folder = folder, Name = _request.Name, Revision = _revision, Commit = _commit, Sha256 = StatedHashes(folder) };
    }

    // A link's target is named by the hash that the Hub stated.
    private static SortedDictionary<string, string> StatedHashes(string folder)
    {
        var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles())
        {
            if (Path.GetFileName(file.LinkTarget) is { Length: 64 } hash && BlobHash.IsKnown(hash))
            {
                hashes[file.Name] = hash;
            }
        }

        return hashes;
    }

    private bool IsThere(string file) => _cache.Has(_commit!, file);

    private string? Missing()
    {
        if (_request.File is { } asked)
        {
            return ModelFiles.Parts(asked).FirstOrDefault(file => !IsThere(file));
        }

        var config = _request.Files == HubFileSet.Adapter ? ModelFiles.AdapterConfig : ModelFiles.Config;
        if (_request.Files == HubFileSet.Tokenizer)
        {
            return ModelFiles.Small(HubFileSet.Tokenizer, IsThere).Any(file => file != config) ? null : "a tokenizer";
        }

        if (!IsThere(config))
        {
            return config;
        }

        if (ModelFiles.WeightsName(_request.Files, IsThere) is not { } weights)
        {
            return "weights";
        }

        try
        {
            return ModelFiles.Shards(weights, _cache.Snapshot(_commit!)).FirstOrDefault(file => !IsThere(file));
        }
        catch (FormatException)
        {
            return weights;
        }
    }
}
