using AlignedProbing.Files;

namespace AlignedProbing.Hub;

/// <summary>Files of data sets by name: downloaded, checked and kept as models are (<see cref="HubModels"/>), one file at a time.</summary>
public static class HubDataSets
{
    private static readonly string[] Extensions = [".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".txt", ".parquet"];

    // What repositories hold beside their data.
    private static readonly string[] Beside = ["dataset_infos.json", "dataset_info.json", "state.json", "requirements.txt", "license.txt"];

    /// <summary>Whether a text is meant as a data set's name rather than as a file's path: <c>org/name</c>, without the ending of a file.</summary>
    /// <param name="text">What a person typed; a file of that name is theirs to look for first.</param>
    public static bool IsName(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Contains('/', StringComparison.Ordinal) && HubName.IsRepository(text) && !IsData(text) && !text.EndsWith(".gz", StringComparison.Ordinal);
    }

    /// <summary>Finds a file of a data set, downloading it where it is not in the cache.</summary>
    /// <param name="request">The data set; its checks and its choice of files are not used.</param>
    /// <param name="file">The file's path in the repository; null for the only one that can be read.</param>
    /// <param name="options">Where from, where to.</param>
    /// <param name="cancellationToken">Stops it; what came so far is kept, and the next call goes on from there.</param>
    /// <exception cref="InputException"> <c>hub-data-file</c>: the repository has several files that can be read and none was named, or none;
    /// <c>hub-file-missing</c>: it has none of that name; and what <see cref="HubModels.ResolveAsync"/> throws. </exception>
    public static async Task<HubDataFile> ResolveAsync(HubRequest request, string? file, HubOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        request = request with { Repository = HubRepository.DataSet };
        var revision = HubModels.RevisionOf(request);
        var cache = new HubCache(options.CacheFolder, request);
        var commit = cache.Commit(revision);
        if (commit == revision && file is not null && cache.Has(commit, file))
        {
            return Cached(cache, revision, commit, file);
        }

        if (options.Offline)
        {
            return Offline(request, file, revision, options, cache);
        }

        try
        {
            return await FetchAsync(request, file, revision, options, cache, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw HubErrors.CacheUnusable(request, options.CacheFolder, error);
        }
    }

    private static async Task<HubDataFile> FetchAsync(
        HubRequest request, string? file, string revision, HubOptions options, HubCache cache, CancellationToken cancellationToken)
    {
        using var client = new HubClient(request, options);
        var patience = new Patience(request, options);
        HubListing listing;
        try
        {
            listing = await patience
                .RunAsync("the list of files", token => client.ListAsync(revision, token), onceWithoutConnection: true, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (InputException error) when (error.Code is "hub-unreachable" or "hub-rate-limited" && FilesOf(cache, revision) is [_, ..])
        {
            request.Say?.Invoke($"{HubErrors.Host(options.Endpoint)}: {error.Found}; the copy of '{request.Name}' in the cache is used");
            return Offline(request, file, revision, options, cache);
        }

        var name = Chosen(request, file, listing.Files.Keys);
        var listed = listing.Files[name];
        if (listed is not { Size: not null, Hash: not null })
        {
            listed = await patience
                .RunAsync(name, token => client.DescribeAsync(listing.Commit, name, token), onceWithoutConnection: false, cancellationToken)
                .ConfigureAwait(false);
        }

        var progress = new DownloadProgress(request.Progress);
        var blobs = new BlobDownload(client, cache, request, options, progress);
        var (total, found) = (listed.Size!.Value, blobs.Found(listing.Commit, listed));
        if (found < total)
        {
            var free = options.FreeSpace(options.CacheFolder);
            if (free < total - found)
            {
                throw HubErrors.NoSpace(request, options.CacheFolder, total - found, free);
            }

            request.Say?.Invoke(
                $"{request.Name}: {(revision == listing.Commit ? "" : $"{revision} is ")}commit {listing.Commit[..12]}; downloading {name}, " +
                $"{ByteText.Of(total - found)}, into {options.CacheFolder}");
            progress.Begin(total, found);
        }

        await blobs.FetchAsync(listing.Commit, listed, cancellationToken).ConfigureAwait(false);
        cache.Name(revision, listing.Commit);
        return Cached(cache, revision, listing.Commit, name) with { Downloaded = progress.Downloaded };
    }

    private static HubDataFile Offline(HubRequest request, string? file, string revision, HubOptions options, HubCache cache)
    {
        var there = FilesOf(cache, revision);
        return there.Count == 0 || (file is not null && !there.Contains(file))
            ? throw HubErrors.Offline(request, revision, options.CacheFolder, file is null ? "no file of it is" : $"its file {file} is not")
            : Cached(cache, revision, cache.Commit(revision)!, Chosen(request, file, there));
    }

    private static HubDataFile Cached(HubCache cache, string revision, string commit, string file) =>
        new() { FullPath = cache.Pointer(commit, file), File = file, Revision = revision, Commit = commit };

    private static IReadOnlyList<string> FilesOf(HubCache cache, string revision)
    {
        if (cache.Commit(revision) is not { } commit || !Directory.Exists(cache.Snapshot(commit)))
        {
            return [];
        }

        return
        [
            .. Directory.EnumerateFiles(cache.Snapshot(commit), "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(cache.Snapshot(commit), path).Replace('\\', '/'))
                .Where(file => cache.Has(commit, file)),
        ];
    }

    private static string Chosen(HubRequest request, string? file, IEnumerable<string> names)
    {
        string[] all = [.. names.Order(StringComparer.Ordinal)];
        string[] data = [.. all.Where(name => IsData(name) && !Beside.Contains(Path.GetFileName(name), StringComparer.OrdinalIgnoreCase))];
        return (file, data) switch
        {
            ({ } named, _) => all.Contains(named) ? named : throw HubErrors.DataFile(request, $"it has no file {named}", data.Length > 0 ? data : all),
            (null, [var only]) => only,
            (null, []) => throw HubErrors.DataFile(request, "it has no file of rows that can be read", all),
            _ => throw HubErrors.DataFile(request, $"it has {data.Length} files that can be read, and none was named", data),
        };
    }

    private static bool IsData(string name)
    {
        var plain = name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? name[..^3] : name;
        return Extensions.Contains(Path.GetExtension(plain), StringComparer.OrdinalIgnoreCase);
    }
}
