using AlignedProbing.Probing.Probes;

namespace AlignedProbing.Probing.Vectors;

/// <summary>Probing vectors that a person already has: an array file and a file of labels.</summary>
public sealed record VectorProbingOptions
{
    /// <summary>The array: <c>.npy</c>, of floating-point or whole numbers or booleans, in either order; [rows, width], or [layers, rows, width].</summary>
    public required string Vectors { get; init; }

    /// <summary>The labels: <c>.csv</c> with a header, or <c>.jsonl</c>; a row for each vector, in the same order.</summary>
    public required string Labels { get; init; }

    /// <summary>
    /// Which labels, numbers or, of probes that tell classes apart, words: columns of the CSV, or fields of the JSON objects, nested ones with dots
    /// (<c>prompt.toxicity</c>).
    /// </summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>
    /// A column or field of the labels that tells the rows apart: one that is there twice is an error. Null (the default) where rows have no ids.
    /// </summary>
    public string? Id { get; init; }

    /// <summary>A column or field of the labels; rows with the same value are kept within one fold. Null (the default): every row is its own.</summary>
    public string? Group { get; init; }

    /// <summary>The probe: a name of <see cref="ProbeCatalog.Names"/>.</summary>
    public string Probe { get; init; } = "linear";

    /// <summary>Layers, from 0; null for all.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>Control tasks beside the labels themselves: <see cref="ProbingOptions.Randomization"/>, or none.</summary>
    public IReadOnlyList<string> Controls { get; init; } = [];

    /// <summary>Seeds; each trains every fold anew.</summary>
    public IReadOnlyList<int> Seeds { get; init; } = [0, 1, 2, 3, 4];

    /// <summary>Epochs of probes that have some, at least 1.</summary>
    public int Epochs { get; init; } = 20;

    /// <summary>Epochs without a better development loss after which training stops, at least 1.</summary>
    public int Patience { get; init; } = 10;

    /// <summary>Units of each hidden layer of probes that have some, 1 to 4096.</summary>
    public int HiddenUnits { get; init; } = ProbingOptions.UsualHiddenUnits;

    /// <summary>Whether features are standardised by each fold's training rows.</summary>
    public bool Standardise { get; init; }

    /// <summary>Whether each cell's training labels are coded online too, fold by fold with the first seed.</summary>
    public bool OnlineCoding { get; init; }

    /// <summary>
    /// A folder for out-of-fold predictions and fitted probes (docs/reference/probing.md, "Vectors of your own"); null (the default) to keep none.
    /// </summary>
    public string? Save { get; init; }

    /// <summary>Threads at most; null for all cores. Results do not depend on it.</summary>
    public int? Threads { get; init; }

    /// <summary>Checks the options.</summary>
    /// <exception cref="InputException">They cannot be used; every fault is named with its remedy.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        Check(ProbeCatalog.Names.Contains(Probe), $"there is no probe '{Probe}' (there are {string.Join(", ", ProbeCatalog.Names)})");
        Check(Names.Count > 0, "no label is named (--label toxicity)");
        Check(Names.Distinct().Count() == Names.Count, "a label is named twice");
        Check(Layers is not { Count: 0 }, "no layer is asked for (leave --layers out for all)");
        Check(
            Controls.All(control => control == ProbingOptions.Randomization) && Controls.Count <= 1,
            $"the control task here is '{ProbingOptions.Randomization}', once or not at all");
        Check(Seeds.Count > 0 && Seeds.Distinct().Count() == Seeds.Count, "seeds must be at least one, each once");
        Check(Epochs >= 1 && Patience >= 1, "epochs and patience are at least 1");
        Check(HiddenUnits is >= 1 and <= ProbingOptions.MostHiddenUnits, $"hidden units are 1 to {ProbingOptions.MostHiddenUnits}, not {HiddenUnits}");
        Check(Threads is null or >= 1, "threads are at least 1");
        foreach (var (option, path) in new[] { ("--vectors", Vectors), ("--labels", Labels) })
        {
            Check(File.Exists(path), $"{option}: there is no file '{path}'");
        }

        if (faults.Count > 0)
        {
            throw new InputException("wrong-usage", "probing vectors", string.Join("; ", faults), "Correct the options named");
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
