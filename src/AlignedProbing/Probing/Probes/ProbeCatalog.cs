
namespace AlignedProbing.Probing.Probes;

/// <summary>The probes by name. A new one is a file of its own and a line here.</summary>
public static class ProbeCatalog
{
    /// <summary>Logistic regression of two classes with an L2 penalty, solved to convergence.</summary>
    public const string LogisticOfTwo = "logistic-l2";

    /// <summary>Multinomial logistic regression with an L2 penalty, solved to convergence: the default for labels that are categories.</summary>
    public const string LogisticOfSeveral = "softmax-l2";

    private static readonly SortedDictionary<string, Func<ProbingOptions, IProbe>> Probes = new(StringComparer.Ordinal)
    {
        ["linear"] = options => new LinearProbe(Training(options)),
        ["logistic"] = options => new NetworkProbe("logistic", [], ProbeLoss.Logistic, Training(options)),
        [LogisticOfTwo] = _ => new LogisticProbe(LogisticOfTwo, 2),
        ["mean"] = _ => new MeanProbe(),
        ["mlp"] = options => new NetworkProbe("mlp", [options.HiddenUnits], ProbeLoss.SmoothL1, Training(options)),
        ["mlp2"] = options => new NetworkProbe("mlp2", [options.HiddenUnits, options.HiddenUnits], ProbeLoss.SmoothL1, Training(options)),
        ["ridge"] = _ => new RidgeProbe(),
        ["softmax"] = options => new NetworkProbe("softmax", [], ProbeLoss.Softmax, Training(options)),
        [LogisticOfSeveral] = _ => new LogisticProbe(LogisticOfSeveral, NetworkProbe.MostClassesOfSoftmax),
    };

    /// <summary>Their names.</summary>
    public static IReadOnlyCollection<string> Names => Probes.Keys;

    /// <summary>Names of the probes with hidden layers.</summary>
    public static IReadOnlyCollection<string> WithHiddenUnits { get; } = ["mlp", "mlp2"];

    /// <summary>Makes the probe that options name.</summary>
    /// <exception cref="KeyNotFoundException">There is none; <see cref="ProbingOptions.Validate"/> says so first.</exception>
    public static IProbe Create(ProbingOptions options) => Probes[options.Probe](options);

    private static LinearProbeOptions Training(ProbingOptions options) => new() { Epochs = options.Epochs, Patience = options.Patience };
}
