
namespace AlignedProbing.Hub;

/// <summary>Where models come from, where they are kept, and how patient a download is.</summary>
public sealed record HubOptions
{
    /// <summary>The Hub. Default: https://huggingface.co.</summary>
    public Uri Endpoint { get; init; } = new("https://huggingface.co");

    /// <summary>The folder that holds <c>models--org--name</c> and <c>datasets--org--name</c> folders, as Python's huggingface_hub keeps them.</summary>
    public required string CacheFolder { get; init; }

    /// <summary>The access token; null for none. It is sent to <see cref="Endpoint"/> alone, and written nowhere.</summary>
    public string? Token { get; init; }

    /// <summary>Whether nothing may be asked over the network. Default false.</summary>
    public bool Offline { get; init; }

    /// <summary>Files downloaded at once. Default 8.</summary>
    public int Parallel { get; init; } = 8;

    /// <summary>How long a connection may take, or be silent, before it counts as broken. Default 30 seconds.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a request that fails for the moment is made in all; what a download has gained counts it anew. Default 6.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>The pause before the first repetition; it doubles with each. Default 1 second.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause; a server that asks for a longer one ends the download. Default 5 minutes, in which the Hub counts requests.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Free bytes of the disk that holds a folder. Tests give their own.</summary>
    internal Func<string, long> FreeSpace { get; init; } = DiskSpace.FreeAt;

    /// <summary>Makes a symbolic link (path, target); false where that is not possible. Tests give their own.</summary>
    internal Func<string, string, bool> Link { get; init; } = HubCache.TryLink;

    /// <summary>
    /// The options that the environment asks for, with the names and meanings of Python's huggingface_hub: <c>HF_ENDPOINT</c>, <c>HF_HUB_CACHE</c> (or
    /// <c>HUGGINGFACE_HUB_CACHE</c>), <c>HF_HOME</c>, <c>XDG_CACHE_HOME</c>, <c>HF_TOKEN</c> (or <c>HUGGING_FACE_HUB_TOKEN</c>, or the file
    /// <c>HF_TOKEN_PATH</c>, <c>HF_HOME/token</c>), <c>HF_HUB_DISABLE_IMPLICIT_TOKEN</c>, <c>HF_HUB_OFFLINE</c> (or <c>TRANSFORMERS_OFFLINE</c>),
    /// <c>HF_HUB_DOWNLOAD_TIMEOUT</c> (seconds).
    /// </summary>
    /// <param name="variable">Looks up a variable; null where it is not set.</param>
    /// <exception cref="InputException"><c>wrong-usage</c>: a variable cannot be meant; every fault is named.</exception>
    public static HubOptions FromEnvironment(Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(variable);
        return HubEnvironment.Read(variable);
    }

    /// <summary>Throws where an option cannot be meant, naming every fault with its remedy.</summary>
    /// <exception cref="InputException"><c>wrong-usage</c>.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        Check(
            Endpoint.IsAbsoluteUri && Endpoint.Scheme is "http" or "https",
            "the endpoint is no web address (HF_ENDPOINT: give for example https://huggingface.co)"
        );
        Check(
            Token is null || (Token.Length is > 0 and <= 1000 && Token.All(character => character is > ' ' and <= '~')),
            "the token holds blanks, line ends or letters that no token has (HF_TOKEN, or run 'hf auth login' again)");
        Check(CacheFolder.Length > 0, "the cache folder has no name (HF_HUB_CACHE)");
        Check(Parallel is >= 1 and <= 64, $"{Parallel} files at once (give 1 to 64)");
        Check(Attempts is >= 1 and <= 1000, $"{Attempts} attempts (give 1 to 1000)");
        Check(Silence > TimeSpan.Zero && Silence <= TimeSpan.FromDays(1), "no time to answer (HF_HUB_DOWNLOAD_TIMEOUT: give seconds, for example 30)");
        Check(FirstPause >= TimeSpan.Zero && LongestPause >= TimeSpan.Zero && LongestPause <= TimeSpan.FromDays(1), "pauses below zero, or beyond a day");
        if (faults.Count > 0)
        {
            throw new InputException(
                "wrong-usage",
                "setting up downloads from the Hub",
                string.Join("; ", faults),
                "Correct what is named (docs/guide/hub.md)");
        }

        void Check(bool holds, string fault)
        {
            if (!holds)
            {
                faults.Add(fault);
            }
        }
    }

    /// <summary>The options without the token.</summary>
    public override string ToString() => $"{Endpoint}, {(Offline ? "offline, " : "")}cache {CacheFolder}, {(Token is null ? "no token" : "with a token")}";
}
