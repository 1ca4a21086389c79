using System.Globalization;

namespace AlignedProbing.Torch.Generation.Sampling;

/// <summary>How a token is drawn, in the order in which Hugging Face's generate applies it: temperature, top-k, top-p.</summary>
public sealed record TokenSamplerOptions
{
    private const double LeastTemperature = 1e-6;

    /// <summary>Takes the most probable token always.</summary>
    public static TokenSamplerOptions MostProbable { get; } = new() { Temperature = 0 };

    /// <summary>Logits are divided by it. At least 1e-6; 0 takes the most probable token (the lowest id among equals) and draws nothing. Default 1.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Only tokens whose logit is at least the k-th largest are drawn; all that equal it are. 0: all tokens. Default 0.</summary>
    public int TopK { get; init; }

    /// <summary>
    /// Only the smallest set of most probable tokens whose probability (after temperature and top-k) reaches this is drawn from, at least one. Where equal
    /// logits lie on the border, those with the lowest ids belong to the set. In (0, 1]; 1: all. Default 0.9.
    /// </summary>
    public double TopP { get; init; } = 0.9;

    /// <summary>Checks all fields.</summary>
    /// <exception cref="InputException"><c>sampling-options</c>, with every fault.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        if (Temperature != 0 && !(Temperature >= LeastTemperature && double.IsFinite(Temperature)))
        {
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"temperature {Temperature} is neither 0 nor a number from {LeastTemperature} up"));
        }

        if (TopK < 0)
        {
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"top-k {TopK} is below 0"));
        }

        if (!(TopP > 0 && TopP <= 1))
        {
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"top-p {TopP} is not above 0 and at most 1"));
        }

        if (faults.Count > 0)
        {
            throw new InputException(
                "sampling-options",
                "sampling tokens",
                string.Join("; ", faults),
                "Give --temperature 1, --top-k 0 (off) and --top-p 0.9, or other values in these ranges");
        }
    }
}
