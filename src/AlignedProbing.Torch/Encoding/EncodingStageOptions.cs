using AlignedProbing.Runs;
using AlignedProbing.Runs.Units;

namespace AlignedProbing.Torch.Encoding;

/// <summary>How prompts are encoded, as far as the results do not depend on it; what they depend on is in the run's manifest.</summary>
public sealed record EncodingStageOptions
{
    /// <summary>
    /// Prompts in a batch, at least 1; null (the default): about 200 continuations at a time, fewer where prompts are long or their cache would take more than
    /// a quarter of memory.
    /// </summary>
    public int? BatchSize { get; init; }

    /// <summary>The share of the chunks that is done; all by default.</summary>
    public Shard Shard { get; init; } = Shard.All;

    /// <summary>Who is told of units, and what ends the work between two of them; nobody and nothing by default.</summary>
    public UnitControl Control { get; init; } = UnitControl.None;

    /// <summary>
    /// Threads of libtorch, on which managed loops run too, at least 1; null (the default): as many as are set, one a core if none were. The number is put back
    /// afterwards.
    /// </summary>
    public int? Threads { get; init; }

    /// <summary>Checks the options together with what the manifest asks.</summary>
    /// <exception cref="InputException">Something is out of range; every fault is named with its remedy.</exception>
    internal void Validate(EncodingManifest asked, IReadOnlyList<Prompt> prompts)
    {
        var faults = new List<string>();
        Check(BatchSize is null or >= 1, $"a batch of {BatchSize} prompts (ask for at least 1)");
        Check(Threads is null or >= 1, $"{Threads} threads (ask for at least 1)");
        Check(Shard.Fault is null, $"{Shard.Fault}");
        Check(asked.Continuations is "sampled" or "given", $"continuations '{asked.Continuations}' (sampled or given)");
        Check(asked.Samples >= 1 || asked.Continuations == "given", $"{asked.Samples} samples (ask for at least 1)");
        Check(asked.MaxNewTokens >= 1, $"{asked.MaxNewTokens} new tokens (ask for at least 1)");
        Check(asked.Chunk >= 1, $"chunks of {asked.Chunk} prompts (at least 1)");
        Check(asked.VectorType is "float32" or "float16", $"vectors of type '{asked.VectorType}' (float32 or float16)");
        Check(
            asked.Keep.Count > 0 && asked.Keep.Distinct().Count() == asked.Keep.Count && asked.Keep.All(number => number >= 0),
            "the kept continuations (name at least one, each once, from 0)");
        var most = asked.Continuations == "given" ? prompts.Select(prompt => prompt.Continuations.Count).DefaultIfEmpty(0).Max() : asked.Samples;
        Check(asked.Keep.All(number => number < Math.Max(1, most)), $"kept continuations {string.Join(", ", asked.Keep)} (there are {most}, numbered from 0)");
        if (faults.Count > 0)
        {
            throw new InputException("wrong-usage", "encoding", $"not possible: {string.Join("; ", faults)}", "Correct these options");
        }

        void Check(bool holds, string fault)
        {
            if (!holds)
            {
                faults.Add(fault);
            }
        }
    }
}
