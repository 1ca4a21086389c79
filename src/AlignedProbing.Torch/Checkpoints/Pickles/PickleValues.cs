
namespace AlignedProbing.Torch.Checkpoints.Pickles;

/// <summary>The name of a class or function. It is only compared with the few that are known.</summary>
/// <param name="Module">Its module.</param>
/// <param name="Name">Its name there.</param>
internal sealed record PickledName(string Module, string Name)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>A dictionary, in the order in which it was filled.</summary>
internal sealed class PickledDictionary
{
    public List<(object? Key, object? Value)> Entries { get; } = [];
}

/// <summary>Memory that tensors look at.</summary>
/// <param name="Key">Its name in the file.</param>
/// <param name="TypeName">Element type, as <see cref="StoredTensor"/> names it.</param>
/// <param name="Count">Number of elements.</param>
internal sealed record PickledStorage(string Key, string TypeName, long Count)
{
    /// <summary>Bytes of an element.</summary>
    public int ElementBytes => StoredTensor.BitsOf(TypeName)!.Value / 8;
}

/// <summary>A tensor: a storage and how it is looked at. Its elements lie within the storage.</summary>
/// <param name="Storage">The storage.</param>
/// <param name="Offset">First element.</param>
/// <param name="Shape">Sizes.</param>
/// <param name="Strides">Elements from one to the next, for each dimension.</param>
internal sealed record PickledTensor(PickledStorage Storage, long Offset, long[] Shape, long[] Strides)
{
    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>Elements from the first to the last in memory.</summary>
    public long Span => Count == 0 ? 0 : 1 + Shape.Zip(Strides, (size, stride) => (size - 1) * stride).Sum();

    /// <summary>Whether its elements lie in order without gaps.</summary>
    public bool IsContiguous
    {
        get
        {
            var expected = 1L;
            for (var i = Shape.Length - 1; i >= 0; i--)
            {
                if (Shape[i] > 1 && Strides[i] != expected)
                {
                    return false;
                }

                expected *= Shape[i];
            }

            return true;
        }
    }
}
