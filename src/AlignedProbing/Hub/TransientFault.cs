namespace AlignedProbing.Hub;

/// <summary>A request failed in a way that may pass.</summary>
internal sealed class TransientFault(string reason, Exception? inner = null) : Exception(reason, inner)
{
    /// <summary>The pause that the server asks for; null where it says nothing.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether the server refuses because of too many requests.</summary>
    public bool RateLimited { get; init; }

    /// <summary>Whether no connection came about at all.</summary>
    public bool NoConnection { get; init; }

    /// <summary>Whether the failed attempt gained something, so that the next one starts nearer to the end.</summary>
    public bool Progressed { get; init; }
}
