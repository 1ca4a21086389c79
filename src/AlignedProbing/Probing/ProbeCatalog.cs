namespace AlignedProbing.Probing;

/// <summary>The probes by name. A new one is a file of its own and a line here.</summary>
public static class ProbeCatalog
{
    private const int HiddenUnits = 64;

    private static readonly SortedDictionary<string, Func<ProbingOptions, IProbe>> Probes = new(StringComparer.Ordinal)
    {
        ["linear"] = options => new LinearProbe(new LinearProbeOptions { Epochs = options.Epochs, Patience = options.Patience }),
        ["logistic"] = options => new NetworkProbe("logistic", [], isClassifier: true, new LinearProbeOptions { Epochs = options.Epochs, Patience = options.Patience }),
        ["mean"] = _ => new MeanProbe(),
        ["mlp"] = options => new NetworkProbe("mlp", [HiddenUnits], isClassifier: false, new LinearProbeOptions { Epochs = options.Epochs, Patience = options.Patience }),
        ["mlp2"] = options => new NetworkProbe("mlp2", [HiddenUnits, HiddenUnits], isClassifier: false, new LinearProbeOptions { Epochs = options.Epochs, Patience = options.Patience }),
        ["ridge"] = _ => new RidgeProbe(),
    };

    /// <summary>Their names.</summary>
    public static IReadOnlyCollection<string> Names => Probes.Keys;

    /// <summary>Makes the probe that options name.</summary>
    /// <exception cref="KeyNotFoundException">There is none; <see cref="ProbingOptions.Validate"/> says so first.</exception>
    public static IProbe Create(ProbingOptions options) => Probes[options.Probe](options);
}
