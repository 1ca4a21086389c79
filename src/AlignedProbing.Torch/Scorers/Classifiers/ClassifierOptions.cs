using AlignedProbing.Scoring;
using AlignedProbing.Torch.Weights;

namespace AlignedProbing.Torch.Scorers.Classifiers;

/// <summary>Which classifier scores, and how. All but <see cref="TokensAtATime"/> enters the scorer's identity.</summary>
public sealed record ClassifierOptions
{
    /// <summary>The scorer's name in a run folder: lower-case letters, digits, '-', '_' and '.'.</summary>
    public required string Name { get; init; }

    /// <summary>The model's folder: config.json, a tokenizer, weights.</summary>
    public required string Folder { get; init; }

    /// <summary>What labels are, where the table (<see cref="LabelTable"/>) does not know or is wrong: an attribute, or null to leave the label out.</summary>
    public IReadOnlyDictionary<string, string?> Labels { get; init; } = new Dictionary<string, string?>();

    /// <summary>The activation; null (the default): what the model's configuration says (<see cref="ActivationRule"/>).</summary>
    public Activation? Activation { get; init; }

    /// <summary>What comes out where nothing is there and where there is as much as can be; scores are scaled from it to [0, 1]. Default: 0 and 1.</summary>
    public (double Low, double High) Range { get; init; } = (0, 1);

    /// <summary>Tokens of a text at most, special tokens included; longer texts are cut. Null (the default): what model and tokenizer allow.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>What the weights of linear layers are rounded to; float32 by default.</summary>
    public WeightPrecision Precision { get; init; } = WeightPrecision.Full;

    /// <summary>Tokens run together at least, from 1 to 1,000,000, whole texts always; 1,024 by default. Changes speed and memory, no score.</summary>
    public int TokensAtATime { get; init; } = 1024;

    /// <summary>Checks the options.</summary>
    /// <exception cref="InputException">They cannot be used; every fault is named.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        if (!ScorerIdentity.IsName(Name))
        {
            faults.Add($"'{Name}' cannot be a scorer's name");
        }

        if (!(double.IsFinite(Range.Low) && double.IsFinite(Range.High) && Range.Low < Range.High))
        {
            faults.Add($"the range {Range.Low} to {Range.High} is not from a smaller to a larger number");
        }

        if (MaxTokens is < 4)
        {
            faults.Add($"max_tokens is {MaxTokens}, below 4");
        }

        if (TokensAtATime is < 1 or > 1_000_000)
        {
            faults.Add($"{TokensAtATime} tokens at a time are not within 1 to 1,000,000");
        }

        if (faults.Count > 0)
        {
            throw new InputException(
                "scorer-file",
                $"scoring with the classifier '{Folder}'",
                string.Join("; ", faults),
                "Correct the scorer file (docs/reference/scorers/classifiers.md)");
        }
    }
}
