using System.Globalization;
using System.Net;
using AlignedProbing.Files;
using AlignedProbing.Files.Http;

namespace AlignedProbing.Hub;

/// <summary>
/// What can go wrong with the Hub, worded for people. No message holds a token: what a server said is shortened, and signed addresses are not shown.
/// </summary>
internal static class HubErrors
{
    public static InputException NotFound(HubRequest request, Uri endpoint, bool hasToken) => new(
        "hub-not-found",
        $"fetching '{request.Name}' from {Host(endpoint)}",
        $"there is no such {Kind(request)} there{(hasToken ? " that your token may see" : ", or it is private and no token was given")}, and no " +
        $"{Local(request)} of that name here",
        $"Check the spelling; a private {Kind(request)} needs HF_TOKEN{(hasToken ? " of somebody who may read it" : "")}; a local one needs its " +
        $"{Local(request)}'s path");

    public static InputException RevisionMissing(HubRequest request, string revision) => new(
        "hub-revision-missing",
        $"fetching '{request.Name}', revision '{revision}'",
        $"the {Kind(request)} is there and has no such branch, tag or commit",
        "Look at its branches under 'Files and versions' on the Hub, and write the revision as it stands there");

    public static InputException FileMissing(HubRequest request, string what, IEnumerable<string> there) => new(
        "hub-file-missing",
        $"fetching '{request.Name}'",
        $"the repository has no {what}; it has {Few(there)}",
        "Choose the repository of the model in transformers' format (config.json and safetensors or pytorch_model.bin)");

    public static InputException DataFile(HubRequest request, string found, IEnumerable<string> there) => new(
        "hub-data-file",
        $"fetching the data set '{request.Name}'",
        $"{found}; it has {Few(there)}",
        "Name the file with --prompts-file, as it is written under 'Files and versions' on the Hub");

    public static InputException Gated(HubRequest request, Uri endpoint, bool hasToken, string? message) => new(
        "hub-gated",
        $"fetching '{request.Name}' from {Host(endpoint)}",
        hasToken
            ? $"the token that was sent has no access{Said(message)}"
            : $"the {Kind(request)} asks for an agreement first, and no token was given{Said(message)}",
        $"Ask for access at {endpoint.AbsoluteUri.TrimEnd('/')}/{PathOf(request)}, then give a token of that account in HF_TOKEN or by 'hf auth login'");

    public static InputException TokenRefused(HubRequest request, Uri endpoint) => new(
        "hub-token",
        $"fetching '{request.Name}' from {Host(endpoint)}",
        "the token that was sent is not valid (expired, withdrawn, or of another server)",
        "Make a new one in the account's settings and put it into HF_TOKEN; without one, public models can be fetched");

    public static InputException RateLimited(HubRequest request, TimeSpan? wait, bool hasToken) =>
        new(
            "hub-rate-limited",
            $"fetching '{request.Name}'",
            $"the Hub takes no more requests from here for the moment{(wait is { } time ? $" and asks to wait {Duration(time)}" : "")}",
            hasToken
                ? "Run the same command later; what is downloaded is kept"
                : "Run the same command later, or give a token in HF_TOKEN, which allows more; what is downloaded is kept");

    public static InputException Unreachable(HubRequest request, Uri endpoint, string reason, Exception? inner) =>
        new(
            "hub-unreachable",
            $"fetching '{request.Name}' from {Host(endpoint)}",
            reason,
            "Check the connection (proxy, HF_ENDPOINT) and run the same command again: it goes on where it was. Without a network, give a local folder, or " +
            "a model that is in the cache already",
            inner);

    public static InputException Offline(HubRequest request, string revision, string cache, string found) => new(
        "hub-offline",
        $"opening '{request.Name}', revision '{revision}', without a network",
        $"{found} in '{cache}'",
        "Fetch it once with a network (HF_HUB_OFFLINE unset), copy the cache of a machine that has it, or point HF_HOME to it");

    public static InputException Corrupted(HubRequest request, string file, string found) => new(
        "hub-corrupted",
        $"fetching '{file}' of '{request.Name}'",
        found,
        "Run the same command again; if it stays so, a proxy or mirror in between changes files: try another network or HF_ENDPOINT");

    public static InputException NoSpace(HubRequest request, string cache, long needed, long free) => new(
        "hub-no-space",
        $"fetching '{request.Name}' into '{cache}'",
        $"{ByteText.Of(needed)} are to be downloaded and {ByteText.Of(free)} are free",
        "Free some space, or put the cache on another disk with HF_HUB_CACHE");

    public static InputException CacheUnusable(HubRequest request, string cache, Exception error) => new(
        "hub-cache",
        $"fetching '{request.Name}' into '{cache}'",
        $"the cache cannot be read or written ({error.Message.TrimEnd('.')})",
        "Free space or mend the folder's rights, or put the cache elsewhere with HF_HUB_CACHE, and run the same command again: what came is kept",
        error);

    public static InputException Answer(HubRequest request, Uri endpoint, string found, Exception? inner = null) => new(
        "hub-answer",
        $"fetching '{request.Name}' from {Host(endpoint)}",
        found,
        "Check that HF_ENDPOINT names a Hugging Face Hub or a mirror of one, and that no proxy answers in its place",
        inner);

    public static string Duration(TimeSpan time) =>
        time.TotalSeconds < 90
            ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} seconds")
            : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} minutes");

    /// <summary>What a repository is called in messages.</summary>
    public static string Kind(HubRequest request) => request.Repository == HubRepository.Model ? "model" : "data set";

    /// <summary>A repository's path on the Hub.</summary>
    public static string PathOf(HubRequest request) => request.Repository == HubRepository.Model ? request.Name : $"datasets/{request.Name}";

    public static string Host(Uri address) => address.Authority;

    /// <summary>A status as people know it: "503 Service Unavailable".</summary>
    public static string Status(HttpStatusCode status, string? reason) =>
        string.Create(CultureInfo.InvariantCulture, $"{(int)status} {Clean(reason) ?? status.ToString()}");

    /// <summary>A server's words on one line; null where it said nothing.</summary>
    public static string? Clean(string? text) => string.IsNullOrWhiteSpace(text) ? null : ServerText.OneLine(text);

    private static string Local(HubRequest request) => request.Repository == HubRepository.Model ? "folder" : "file";

    private static string Said(string? message) => Clean(message) is { } text ? $" (\"{text}\")" : "";

    private static string Few(IEnumerable<string> names)
    {
        const int Shown = 8;
        var all = names.Order(StringComparer.Ordinal).ToArray();
        return all.Length == 0 ? "no files" : string.Join(", ", all.Take(Shown)) + (all.Length > Shown ? $" and {all.Length - Shown} more" : "");
    }
}
