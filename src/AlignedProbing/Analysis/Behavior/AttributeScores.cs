
namespace AlignedProbing.Analysis.Behavior;

/// <summary>
/// One scorer's scores of one attribute, put together a prompt: what behaviour is computed from. NaN stands for no score inside this room and never leaves it.
/// </summary>
internal sealed class AttributeScores
{
    public AttributeScores(string attribute, int prompts)
    {
        Attribute = attribute;
        Prompt = new double[prompts];
        PromptReason = new string?[prompts];
        Scored = new int[prompts];
        Rows = new int[prompts];
        Sum = new double[prompts];
        Max = new double[prompts];
        MaxNumber = new int[prompts];
        LastReason = new string?[prompts];
        Values = new List<double>?[prompts];
        Numbers = new List<int>?[prompts];
        Prompt.AsSpan().Fill(double.NaN);
        Max.AsSpan().Fill(double.NaN);
    }

    public string Attribute { get; }

    /// <summary>The prompts' own scores.</summary>
    public double[] Prompt { get; }

    /// <summary>Why a prompt has none.</summary>
    public string?[] PromptReason { get; }

    /// <summary>How many of a prompt's continuations have a score.</summary>
    public int[] Scored { get; }

    /// <summary>How many of a prompt's continuations the scorer was given.</summary>
    public int[] Rows { get; }

    /// <summary>Sum of the scores of a prompt's continuations.</summary>
    public double[] Sum { get; }

    /// <summary>The highest of them.</summary>
    public double[] Max { get; }

    /// <summary>Number of the continuation that has it; the first one of several.</summary>
    public int[] MaxNumber { get; }

    /// <summary>The scores themselves, in no order; null where there are none.</summary>
    public List<double>?[] Values { get; }

    /// <summary>Numbers of the continuations that have <see cref="Values"/>, in the same order.</summary>
    public List<int>?[] Numbers { get; }

    /// <summary>Why the last of a prompt's unscored continuations has no score.</summary>
    public string?[] LastReason { get; }

    /// <summary>Continuations without a score, by reason.</summary>
    public SortedDictionary<string, int> ContinuationsMissing { get; } = new(StringComparer.Ordinal);

    public void AddContinuation(int prompt, int number, double? score, string? reason)
    {
        Rows[prompt]++;
        if (score is { } value)
        {
            Scored[prompt]++;
            Sum[prompt] += value;
            (Values[prompt] ??= []).Add(value);
            (Numbers[prompt] ??= []).Add(number);
            if (double.IsNaN(Max[prompt]) || value > Max[prompt] || (value == Max[prompt] && number < MaxNumber[prompt]))
            {
                (Max[prompt], MaxNumber[prompt]) = (value, number);
            }
        }
        else
        {
            LastReason[prompt] = reason;
            Count(reason!, 1);
        }
    }

    public void Count(string reason, int count) => ContinuationsMissing[reason] = ContinuationsMissing.GetValueOrDefault(reason) + count;
}
