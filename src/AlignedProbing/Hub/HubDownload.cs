using AlignedProbing.Files;
namespace AlignedProbing.Hub;

/// <summary>
/// Brings what is missing of one commit into the cache: the configuration first, so that what cannot be run is refused at once; then, once the disk is known to
/// hold it all, the other small files; weights last.
/// </summary>
internal sealed class HubDownload
{
    private readonly HubRequest _request;
    private readonly string _revision;
    private readonly HubOptions _options;
    private readonly HubClient _client;
    private readonly HubListing _listing;
    private readonly HubCache _cache;
    private readonly DownloadProgress _progress;
    private readonly BlobDownload _blobs;
    private readonly Patience _patience;

    public HubDownload(HubRequest request, string revision, HubOptions options, HubClient client, HubListing listing)
    {
        (_request, _revision, _options, _client, _listing) = (request, revision, options, client, listing);
        _cache = new HubCache(options.CacheFolder, request);
        _progress = new DownloadProgress(request.Progress);
        _blobs = new BlobDownload(client, _cache, request, options, _progress);
        _patience = new Patience(request, options);
    }

    private string Commit => _listing.Commit;

    private string Folder => _cache.Snapshot(Commit);

    public async Task<HubModel> RunAsync(CancellationToken cancellationToken)
    {
        var names = _request.File is null ? ModelFiles.Small(_request.Files, IsListed) : [];
        var weightsName = WeightsName(names);
        if (names.Contains(ModelFiles.Config))
        {
            await FetchAsync(await KnownAsync([ModelFiles.Config], cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            if (!names.Concat(weightsName is null ? [] : [weightsName]).All(name => _cache.Has(Commit, name)))
            {
                _request.CheckConfig?.Invoke(Folder);
            }
        }

        if (weightsName is not null && names.Contains(weightsName))
        {
            await FetchAsync(await KnownAsync([weightsName], cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }

        var small = await KnownAsync(names, cancellationToken).ConfigureAwait(false);
        var weights = await KnownAsync(weightsName is null ? [] : Shards(weightsName), cancellationToken).ConfigureAwait(false);
        IReadOnlyList<HubFile> all = [.. small, .. weights];
        var (total, found) = (all.Sum(file => file.Size!.Value), all.Sum(file => _blobs.Found(Commit, file)));
        if (found < total)
        {
            ThrowIfTooLarge(total - found);
            _request.Say?.Invoke(
                $"{_request.Name}: {(_revision == Commit ? "" : $"{_revision} is ")}commit {Commit[..12]}; downloading {ByteText.Of(total - found)} into " +
                $"{_options.CacheFolder}");
            _progress.Begin(total, found);
        }

        await FetchAsync(small, cancellationToken).ConfigureAwait(false);
        if (!weights.All(file => _cache.Has(Commit, file)))
        {
            _request.CheckBeforeWeights?.Invoke(Folder);
        }

        await FetchAsync(weights, cancellationToken).ConfigureAwait(false);
        foreach (var absent in ModelFiles.Small(_request.Files, _ => true).Where(name => _request.File is null && !IsListed(name)))
        {
            _cache.MarkAbsent(Commit, absent);
        }

        _cache.Name(_revision, Commit);
        return new HubModel
        {
            Folder = Folder,
            Name = _request.Name,
            Revision = _revision,
            Commit = Commit,
            Downloaded = _progress.Downloaded,
            Sha256 = new SortedDictionary<string, string>(
                all.Where(file => file.Hash!.Length == 64).ToDictionary(file => file.Name, file => file.Hash!),
                StringComparer.Ordinal),
        };
    }

    private bool IsListed(string file) => _listing.Files.ContainsKey(file);

    private string? WeightsName(IReadOnlyList<string> names)
    {
        if (_request.File is { } file)
        {
            return IsListed(file)
                ? file
                : throw HubErrors.FileMissing(
                    _request,
                    $"'{file}'",
                    _listing.Files.Keys.Where(name => name.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)));
        }

        var config = _request.Files == HubFileSet.Adapter ? ModelFiles.AdapterConfig : ModelFiles.Config;
        if (_request.Files == HubFileSet.Tokenizer)
        {
            return names.Any(name => name != config) ? null : throw HubErrors.FileMissing(_request, "tokenizer", _listing.Files.Keys);
        }

        if (!names.Contains(config))
        {
            throw HubErrors.FileMissing(_request, config, _listing.Files.Keys);
        }

        return ModelFiles.WeightsName(_request.Files, IsListed) ?? throw HubErrors.FileMissing(_request, "weights that can be read", _listing.Files.Keys);
    }

    private IReadOnlyList<string> Shards(string weightsName)
    {
        try
        {
            var shards = _request.File is null ? ModelFiles.Shards(weightsName, Folder) : ModelFiles.Parts(weightsName);
            return shards.FirstOrDefault(shard => !IsListed(shard)) is { } absent
                ? throw HubErrors.FileMissing(_request, $"'{absent}', which its {weightsName} names", _listing.Files.Keys)
                : shards;
        }
        catch (FormatException error)
        {
            throw HubErrors.Answer(_request, _options.Endpoint, $"the repository's {weightsName} cannot be used: {error.Message}", error);
        }
    }

    // With sizes and hashes, which a mirror's list may leave out.
    private async Task<IReadOnlyList<HubFile>> KnownAsync(IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        var files = new List<HubFile>();
        foreach (var name in names)
        {
            var listed = _listing.Files[name];
            files.Add(
                listed is { Size: not null, Hash: not null }
                    ? listed
                    : await _patience
                        .RunAsync(name, token => _client.DescribeAsync(Commit, name, token), onceWithoutConnection: false, cancellationToken)
                        .ConfigureAwait(false));
        }

        return files;
    }

    private Task FetchAsync(IReadOnlyList<HubFile> files, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        files,
        new ParallelOptions { MaxDegreeOfParallelism = _options.Parallel, CancellationToken = cancellationToken },
        async (file, token) => await _blobs.FetchAsync(Commit, file, token).ConfigureAwait(false));

    private void ThrowIfTooLarge(long needed)
    {
        var free = _options.FreeSpace(_options.CacheFolder);
        if (free < needed)
        {
            throw HubErrors.NoSpace(_request, _options.CacheFolder, needed, free);
        }
    }
}
