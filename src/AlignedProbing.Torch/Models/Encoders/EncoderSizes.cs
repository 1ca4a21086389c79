
namespace AlignedProbing.Torch.Models.Encoders;

/// <summary>The sizes of a sequence classifier.</summary>
public sealed record EncoderSizes
{
    /// <summary>Number of blocks.</summary>
    public required int Blocks { get; init; }

    /// <summary>Width of a hidden state.</summary>
    public required int Width { get; init; }

    /// <summary>Number of attention heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Number of token ids.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Tokens of a text at most, special tokens included.</summary>
    public required int Context { get; init; }

    /// <summary>Numbers that come out for a text.</summary>
    public required int Labels { get; init; }

    /// <summary>Number of parameters.</summary>
    public long Parameters { get; init; }

    /// <summary>Elements of a head.</summary>
    public int HeadSize => Width / Heads;
}
