using System.Globalization;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>Largest differences of a model's values from Hugging Face's, relative to their scale (<see cref="GoldenTensors.RelativeDifference"/>).</summary>
internal sealed record GoldenDifferences
{
    public const double Tolerance = 1e-4;

    /// <summary>Hidden states of all layers and prompts in one batch.</summary>
    public required double States { get; init; }

    /// <summary>Logits of each prompt's last token.</summary>
    public required double LastLogits { get; init; }

    /// <summary>Logits of all tokens of the longest prompt.</summary>
    public required double AllLogits { get; init; }

    /// <summary>Means of the prompts' states.</summary>
    public required double PooledInput { get; init; }

    /// <summary>Means of the continuations' states.</summary>
    public required double PooledOutput { get; init; }

    /// <summary>A row of the table in docs/models.md.</summary>
    public string Row(string folder) => string.Create(CultureInfo.InvariantCulture, $"| {folder} | {States:0.0e+0} | {LastLogits:0.0e+0} | {AllLogits:0.0e+0} | {PooledInput:0.0e+0} | {PooledOutput:0.0e+0} |");

    public void Check() => Assert.All(
        [("hidden states", States), ("last logits", LastLogits), ("logits", AllLogits), ("pooled input", PooledInput), ("pooled output", PooledOutput)],
        part => Assert.True(part.Item2 <= Tolerance, $"{part.Item1}: largest difference {part.Item2:g3}, allowed {Tolerance:g3}"));
}
