namespace AlignedProbing.Torch.Models;

/// <summary>
/// Which layers attend to all before them, and which within a window: <c>layer_types</c>, or an architecture's own rule where the file has none.
/// </summary>
internal static class LayerTypes
{
    /// <summary>The window of each layer [layers]; null: none.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="layers">Number of layers.</param>
    /// <param name="window">Tokens of the window of layers that have one; null: none has.</param>
    /// <param name="slides">The architecture's rule, for a layer from 0.</param>
    /// <exception cref="InputException">Types of other layers than there are, another type, or windows without a size.</exception>
    public static IReadOnlyList<int?> Windows(ModelConfig config, int layers, int? window, Func<int, bool> slides)
    {
        var types = config.Texts("layer_types");
        if (types is null)
        {
            return [.. Enumerable.Range(0, layers).Select(layer => slides(layer) ? window : null)];
        }

        return types.Count != layers ? throw config.Broken($"layer_types has {types.Count} entries for {layers} layers")
            : types.FirstOrDefault(type => type is not ("full_attention" or "sliding_attention")) is { } unknown
                ? throw config.Unsupported($"layer_types has '{unknown}'; implemented: full_attention, sliding_attention")
            : window is null && types.Contains("sliding_attention") ? throw config.Broken("layer_types has sliding_attention and there is no sliding_window")
            : [.. types.Select(type => type == "sliding_attention" ? window : null)];
    }
}
