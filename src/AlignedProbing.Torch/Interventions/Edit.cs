using System.Globalization;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Interventions;

/// <summary>A change of the stream after some blocks, in every forward pass: <see cref="Bypass"/>, <see cref="Ablate"/> or <see cref="Steer"/>.</summary>
/// <remarks>
/// Layers are numbered as Hugging Face's <c>hidden_states</c>: layer i is what block i - 1, counted from 0, passes on. The last layer is edited before the
/// final norm. Layer 0, the embedding output, is not edited.
/// </remarks>
public abstract record Edit
{
    /// <summary>The layers, from 1 to the number of blocks; null, the default: all of these.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>Which tokens; by default all.</summary>
    public EditPositions Positions { get; init; }

    /// <summary>Whether it leaves everything as it is, to the bit. Such an edit is not applied.</summary>
    public abstract bool ChangesNothing { get; }

    /// <summary>What is wrong with it for a model, each fault with its remedy; nothing where it can be applied.</summary>
    internal IEnumerable<string> Faults(ModelSizes sizes)
    {
        if (Layers is { Count: 0 })
        {
            yield return "an edit names no layer (name at least one, or leave layers out for all)";
        }

        foreach (var layer in Layers ?? [])
        {
            if (layer < 1 || layer > sizes.Blocks)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"layer {layer} (the model has blocks after layers 1 to {sizes.Blocks})");
            }
        }

        if (Layers is not null && Layers.Distinct().Count() < Layers.Count)
        {
            yield return "an edit names a layer twice (name each once)";
        }

        foreach (var fault in OwnFaults(sizes))
        {
            yield return fault;
        }
    }

    /// <summary>Faults of this kind of edit.</summary>
    internal abstract IEnumerable<string> OwnFaults(ModelSizes sizes);

    /// <summary>Whether it edits a layer.</summary>
    internal bool Holds(int layer) => Layers is null || Layers.Contains(layer);
}
