using System.Globalization;
using AlignedProbing.Probing.Probes;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Units;

namespace AlignedProbing.Probing;

/// <summary>What of a run is probed, and how.</summary>
public sealed record ProbingOptions
{
    /// <summary>The control task that permutes labels over rows, by the seed.</summary>
    public const string Randomization = LabelPermutation.Name;

    /// <summary>Units of a hidden layer unless others are asked for.</summary>
    public const int UsualHiddenUnits = 64;

    /// <summary>The most units of a hidden layer.</summary>
    public const int MostHiddenUnits = 4096;

    /// <summary>The probe: a name of <see cref="ProbeCatalog.Names"/>.</summary>
    public string Probe { get; init; } = "linear";

    /// <summary>The scorer whose scores are the labels.</summary>
    public required string Scorer { get; init; }

    /// <summary>Layers, from 0; null for all.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>Attributes, in the order of the results; null for all that the scorer has, and length.</summary>
    public IReadOnlyList<string>? Attributes { get; init; }

    /// <summary>Which pooling is probed.</summary>
    public string Pooling { get; init; } = "mean";

    /// <summary>Which layers are this machine's share: those whose number the shard holds.</summary>
    public Shard Shard { get; init; } = Shard.All;

    /// <summary>Who is told of units, and what ends the work between two of them; nobody and nothing by default.</summary>
    public UnitControl Control { get; init; } = UnitControl.None;

    /// <summary>Threads at most, at least 1; null for all cores. Results do not depend on it.</summary>
    public int? Threads { get; init; }

    /// <summary>Scenarios, in the order of the results.</summary>
    public IReadOnlyList<Scenario> Scenarios { get; init; } = [Scenario.Input, Scenario.Forward, Scenario.Output, Scenario.Backward];

    /// <summary>Seeds, in the order of the results; each trains every fold anew.</summary>
    public IReadOnlyList<int> Seeds { get; init; } = [0, 1, 2, 3, 4];

    /// <summary>Epochs of probes that have some, at least 1.</summary>
    public int Epochs { get; init; } = 20;

    /// <summary>Epochs without a better development loss after which training stops, at least 1.</summary>
    public int Patience { get; init; } = 10;

    /// <summary>
    /// Units of each hidden layer of probes that have some, 1 to 4096. Results with other than 64 lie in a folder of their own: <c>mlp-128</c>.
    /// </summary>
    public int HiddenUnits { get; init; } = UsualHiddenUnits;

    /// <summary>Whether features are standardised by each fold's training rows. Its results lie in a folder of their own: <c>linear-standardised</c>.</summary>
    public bool Standardise { get; init; }

    /// <summary>The control tasks there are: <see cref="Randomization"/>, and those that encode again.</summary>
    public static IReadOnlyList<string> ControlNames { get; } = [Randomization, .. ControlEncoding.Names];

    /// <summary>Control tasks beside the labels themselves, of <see cref="ControlNames"/>; none unless asked for.</summary>
    public IReadOnlyList<string> Controls { get; init; } = [];

    /// <summary>Whether each cell's training labels are coded online too (docs/reference/probing.md), fold by fold with the first seed.</summary>
    public bool OnlineCoding { get; init; }

    /// <summary>Where prompts' labels come from: <c>scorer</c> or <c>given</c> (the prompt set); null for what the manifest says.</summary>
    public string? PromptScores { get; init; }

    /// <summary>
    /// The continuations of Forward and Output, in the order of the results; their vectors must have been kept. With several, each is a row, and a prompt's
    /// rows stay within one fold.
    /// </summary>
    public IReadOnlyList<int> Continuations { get; init; } = [0];

    /// <summary>Whether prompts that are identical, or nearly so (<see cref="Statistics.NearDuplicates"/>), are kept within one fold.</summary>
    public bool GroupDuplicates { get; init; }

    /// <summary>What Backward predicts of a prompt's continuations: <c>max</c> or <c>mean</c>.</summary>
    public string Backward { get; init; } = "max";

    /// <summary>The name of the results' folder below <c>probes/</c>.</summary>
    public string FolderName =>
        Probe
        + (
            ProbeCatalog.WithHiddenUnits.Contains(Probe) && HiddenUnits != UsualHiddenUnits
                ? string.Create(CultureInfo.InvariantCulture, $"-{HiddenUnits}")
                : "")
        + (Standardise ? "-standardised" : "");

    /// <summary>Checks the options against the run.</summary>
    /// <exception cref="InputException">They cannot be used; every fault is named with its remedy.</exception>
    public void Validate(Manifest manifest)
    {
        var faults = new List<string>();
        var encoding = manifest.Encoding;
        Check(ProbeCatalog.Names.Contains(Probe), $"there is no probe '{Probe}' (there are {string.Join(", ", ProbeCatalog.Names)})");
        Check(encoding.Pooling.Contains(Pooling), $"pooling '{Pooling}' was not kept (kept: {string.Join(", ", encoding.Pooling)})");
        foreach (var layer in Layers ?? [])
        {
            Check(layer >= 0 && layer < manifest.Model.Layers, $"there is no layer {layer} (layers are 0 to {manifest.Model.Layers - 1})");
        }

        Check(Layers is not { Count: 0 }, "no layer is asked for (leave --layers out for all)");
        Check(Scenarios.Count > 0 && Scenarios.Distinct().Count() == Scenarios.Count, "scenarios must be at least one, each once");
        Check(
            Attributes is null || (Attributes.Count > 0 && Attributes.Distinct().Count() == Attributes.Count),
            "attributes must be at least one, each once (leave --attributes out for all)");
        Check(Seeds.Count > 0 && Seeds.Distinct().Count() == Seeds.Count, "seeds must be at least one, each once");
        Check(
            Controls.All(ControlNames.Contains) && Controls.Distinct().Count() == Controls.Count,
            $"control tasks are {string.Join(", ", ControlNames)}, each once or not at all");
        Check(Epochs >= 1 && Patience >= 1, "epochs and patience are at least 1");
        Check(HiddenUnits is >= 1 and <= MostHiddenUnits, $"hidden units are 1 to {MostHiddenUnits}, not {HiddenUnits}");
        Check(Threads is null or >= 1, "threads are at least 1");
        Check(Shard.Fault is null, $"{Shard.Fault}");
        Check(PromptScores is null or "scorer" or "given", $"prompt scores come from 'scorer' or 'given', not '{PromptScores}'");
        Check(Backward is "max" or "mean", $"Backward predicts 'max' or 'mean', not '{Backward}'");
        Check(Continuations.Count > 0 && Continuations.Distinct().Count() == Continuations.Count, "continuations must be at least one, each once");
        foreach (var continuation in Continuations)
        {
            Check(encoding.Keep.Contains(continuation), $"the vectors of continuation {continuation} were not kept (kept: {string.Join(", ", encoding.Keep)})");
        }

        if (faults.Count > 0)
        {
            throw new InputException("wrong-usage", "probing", string.Join("; ", faults), "Correct the options named");
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
