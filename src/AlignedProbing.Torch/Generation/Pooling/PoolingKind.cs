namespace AlignedProbing.Torch.Generation.Pooling;

/// <summary>How the hidden states of several tokens become one vector.</summary>
internal enum PoolingKind
{
    /// <summary>The mean.</summary>
    Mean,

    /// <summary>The state of the last token.</summary>
    Last,

    /// <summary>The largest value of each element.</summary>
    Max,

    /// <summary>The mean without the first token of the sequence, which is an attention sink where a model adds no beginning of text.</summary>
    MeanWithoutFirst,
}

/// <summary>Names of the kinds of pooling, as the manifest and the files have them.</summary>
internal static class PoolingKinds
{
    private static readonly (string Name, PoolingKind Kind)[] All =
        [("mean", PoolingKind.Mean), ("last", PoolingKind.Last), ("max", PoolingKind.Max), ("mean-without-first", PoolingKind.MeanWithoutFirst)];

    /// <summary>The name of a kind.</summary>
    public static string Name(PoolingKind kind) => All.First(entry => entry.Kind == kind).Name;

    /// <summary>The kinds of some names.</summary>
    /// <exception cref="InputException">A name is not known, or none is given.</exception>
    public static PoolingKind[] Parse(IReadOnlyList<string> names)
    {
        var unknown = names.Where(name => !All.Any(entry => entry.Name == name)).ToArray();
        return unknown.Length == 0 && names.Count > 0
            ? [.. names.Distinct().Select(name => All.First(entry => entry.Name == name).Kind)]
            : throw new InputException(
                "unknown-pooling",
                "pooling hidden states",
                names.Count == 0 ? "no kind of pooling is asked for" : $"there is no pooling called {string.Join(", ", unknown)}",
                $"Choose among {string.Join(", ", All.Select(entry => entry.Name))}");
    }
}
