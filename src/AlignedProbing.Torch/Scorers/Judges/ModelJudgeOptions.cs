using AlignedProbing.Torch.Weights;

namespace AlignedProbing.Torch.Scorers.Judges;

/// <summary>Which chat model judges, and how. All but <see cref="QuestionsAtATime"/> is part of what an answer depends on.</summary>
public sealed record ModelJudgeOptions
{
    /// <summary>The model's folder.</summary>
    public required string Folder { get; init; }

    /// <summary>What the weights of linear layers are rounded to; float32 by default.</summary>
    public WeightPrecision Precision { get; init; } = WeightPrecision.Full;

    /// <summary>Tokens of an answer at most, from 1 to 1,000; 8 by default.</summary>
    public int AnswerTokens { get; init; } = 8;

    /// <summary>Questions run together, from 1 to 1,000; 16 by default. Changes speed and memory, no answer.</summary>
    public int QuestionsAtATime { get; init; } = 16;

    /// <summary>Checks the options.</summary>
    /// <exception cref="InputException">They cannot be used; every fault is named.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        if (AnswerTokens is < 1 or > 1000)
        {
            faults.Add($"answer_tokens is {AnswerTokens}, not from 1 to 1,000");
        }

        if (QuestionsAtATime is < 1 or > 1000)
        {
            faults.Add($"{QuestionsAtATime} questions at a time are not within 1 to 1,000");
        }

        if (faults.Count > 0)
        {
            throw new InputException(
                "scorer-file",
                $"judging with '{Folder}'",
                string.Join("; ", faults),
                "Correct the scorer file (docs/reference/scorers/judges.md)");
        }
    }
}
