using static TorchSharp.torch;

namespace AlignedProbing.Torch.Checkpoints;

/// <summary>One file with named tensors, mapped, everything it claims checked against its length.</summary>
internal interface IWeightFile : IDisposable
{
    /// <summary>Where the file lies.</summary>
    string Path { get; }

    /// <summary>What it holds.</summary>
    IReadOnlyList<StoredTensor> Tensors { get; }

    /// <summary>A tensor of it, contiguous, over the file's memory where it can be; owned by the caller's scope. Read-only.</summary>
    Tensor Take(StoredTensor tensor);

    /// <summary>The bytes of a tensor of any type, uint8 [bytes]; owned by the caller's scope. Read-only.</summary>
    Tensor TakeBytes(StoredTensor tensor);
}
