using AlignedProbing.Torch.Checkpoints;
using AlignedProbing.Torch.Native;
using static TorchSharp.torch;

namespace AlignedProbing.Torch.Weights.Grouped;

/// <summary>What the readers of all formats in groups need.</summary>
internal static class GroupedWeights
{
    /// <summary>Makes a weight whose zeros may all be alike, and are then held as one number.</summary>
    /// <param name="name">What it is, for reports.</param>
    /// <param name="kind">What codes stand for.</param>
    /// <param name="codes">uint8 [rows, columns].</param>
    /// <param name="scales">[rows, groups].</param>
    /// <param name="zeros">uint8 [rows, groups].</param>
    /// <param name="groups">The group of each column.</param>
    public static GroupedWeight Create(string name, CodeKind kind, Tensor codes, Tensor scales, Tensor zeros, int[] groups)
    {
        var stored = TensorMemory.Span<byte>(zeros);
        var alike = stored.Length > 0 && !stored.ContainsAnyExcept(stored[0]);
        return alike
            ? new GroupedWeight(name, kind, codes, scales, groups) { Offset = stored[0] }
            : new GroupedWeight(name, kind, codes, scales, groups) { Zeros = zeros.DetachFromDisposeScope() };
    }

    /// <summary>The group of each column: as a tensor of the file says where there is one, else one after the other.</summary>
    /// <exception cref="InputException"><c>quantised-checkpoint</c>: it names a group that is not there.</exception>
    public static int[] Groups(Checkpoint checkpoint, string name, string part, int columns, int size, int groups)
    {
        if (!checkpoint.Contains($"{name}.{part}"))
        {
            return InOrder(columns, size);
        }

        using var stored = StoredParts.Take(checkpoint, name, part, [ScalarType.Int32], columns);
        var found = TensorMemory.Span<int>(stored).ToArray();
        var wrong = Array.FindIndex(found, group => group < 0 || group >= groups);
        return wrong < 0 ? found : throw StoredParts.Broken(name, $"its {part} names group {found[wrong]}, and there are {groups}");
    }

    /// <summary>Groups of so many columns, one after the other.</summary>
    public static int[] InOrder(int columns, int size) => [.. Enumerable.Range(0, columns).Select(column => column / size)];
}
