namespace AlignedProbing.Hub;

/// <summary>
/// Models by name: what of a repository of the Hugging Face Hub is needed is downloaded into the cache that Python's huggingface_hub uses too, and what is
/// there already is used as it is.
/// </summary>
public static class HubModels
{
    /// <summary>The revision that is meant where none is named.</summary>
    public const string DefaultRevision = "main";

    /// <summary>
    /// Whether a text can be the name of a repository: <c>org/model</c>, or an old name without an organisation such as <c>gpt2</c>. Paths that begin with a
    /// dot, a slash or a drive are none.
    /// </summary>
    public static bool IsName(string text) => HubName.IsRepository(text);

    /// <summary>Finds a repository's files, downloading what is not in the cache.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="options">Where from, where to.</param>
    /// <param name="cancellationToken">Stops it; what came so far is kept, and the next call goes on from there.</param>
    /// <returns>The folder with the files, and the commit they are of.</returns>
    /// <exception cref="InputException"> <c>wrong-usage</c>: no name or revision; <c>hub-not-found</c>, <c>hub-revision-missing</c>, <c>hub-file-missing</c>,
    /// <c>hub-gated</c>, <c>hub-token</c>, <c>hub-rate-limited</c>, <c>hub-unreachable</c>, <c>hub-offline</c>, <c>hub-corrupted</c>, <c>hub-no-space</c>,
    /// <c>hub-cache</c>, <c>hub-answer</c>; and what the request's checks throw. </exception>
    public static async Task<HubModel> ResolveAsync(HubRequest request, HubOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var revision = RevisionOf(request);
        if (request.File is { } file && (!HubName.IsPlainFile(file) || !file.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)))
        {
            throw new InputException("wrong-usage", $"--file {file}", "that is no name of a GGUF file", "Write it as the repository has it: NAME.gguf");
        }

        var cached = new CachedModel(request, revision, options);
        if (options.Offline || cached.IsKnownComplete())
        {
            return cached.Open();
        }

        try
        {
            return await FetchAsync(request, revision, options, cached, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw HubErrors.CacheUnusable(request, options.CacheFolder, error);
        }
    }

    /// <summary>The revision that a request is of.</summary>
    /// <exception cref="InputException"><c>wrong-usage</c>: no name, or no revision.</exception>
    internal static string RevisionOf(HubRequest request)
    {
        var what = HubErrors.Kind(request);
        if (!IsName(request.Name))
        {
            throw new InputException(
                "wrong-usage",
                $"fetching '{request.Name}' from the Hub",
                $"that is no name of a {what}",
                $"Write it as on the Hub: org/{(request.Repository == HubRepository.Model ? "model" : "name")}");
        }

        var revision = request.Revision ?? DefaultRevision;
        return HubName.IsRevision(revision) ? revision : throw new InputException(
            "wrong-usage",
            $"{(request.Repository == HubRepository.Model ? "--revision" : "--prompts-revision")} {revision}",
            "that is no name of a branch, a tag or a commit",
            "Write it as on the Hub, for example main or step1000");
    }

    private static async Task<HubModel> FetchAsync(
        HubRequest request,
        string revision,
        HubOptions options,
        CachedModel cached,
        CancellationToken cancellationToken)
    {
        using var client = new HubClient(request, options);
        HubListing listing;
        try
        {
            listing = await new Patience(request, options)
                .RunAsync("the list of files", token => client.ListAsync(revision, token), onceWithoutConnection: true, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (InputException error) when (error.Code is "hub-unreachable" or "hub-rate-limited" && cached.IsEnough())
        {
            request.Say?.Invoke($"{HubErrors.Host(options.Endpoint)}: {error.Found}; the copy of '{request.Name}' in the cache is used");
            return cached.Open();
        }

        return await new HubDownload(request, revision, options, client, listing).RunAsync(cancellationToken).ConfigureAwait(false);
    }
}
