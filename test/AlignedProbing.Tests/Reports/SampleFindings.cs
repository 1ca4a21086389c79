using AlignedProbing.Numerics;
using AlignedProbing.Runs;

namespace AlignedProbing.Tests.Reports;

/// <summary>
/// Findings of the size and shape of a real run (31 layers, four scenarios, seven attributes and length, two probes), made of smooth curves and seeded noise.
/// </summary>
internal static class SampleFindings
{
    public static readonly string[] Attributes = ["toxicity", "identity_attack", "insult", "profanity", "severe_toxicity", "sexually_explicit", "threat"];

    private const int Layers = 31;

    public static Findings Of(bool demo = false, string model = "SmolLM2-135M-Instruct", string scorer = "ngram")
    {
        var internals = Internals(scorer);
        return new Findings
        {
            Manifest = Manifest(demo, model, scorer),
            Behavior = Behavior(scorer),
            Internals = internals,
            Peaks = Peaks(internals),
            Selectivity =
            [
                .. internals.Where(row => row.Probe == "ridge").Select(row => new SelectivityFinding
                {
                    Probe = row.Probe,
                    Scorer = row.Scorer,
                    Control = "randomization",
                    Scenario = row.Scenario,
                    Attribute = row.Attribute,
                    Layer = row.Layer,
                    Value = row.R - 0.01,
                    Low = row.Low - 0.01,
                    High = row.High,
                    ControlR = row.R is null ? null : 0.01,
                    N = row.N,
                    Reason = row.Reason,
                    Estimator = "prompts-within-folds",
                }),
            ],
            Differences =
            [
                new StrengthDifference
                {
                    Kind = "layers",
                    Probe = "linear",
                    Scorer = scorer,
                    Attribute = "toxicity",
                    Scenario = Scenario.Input,
                    Layer = 8,
                    OtherScenario = Scenario.Input,
                    OtherLayer = 9,
                    Value = -0.01,
                    Low = -0.03,
                    High = 0.01,
                    P = 0.3,
                    AdjustedP = 1,
                    Comparisons = 30,
                    Estimator = "prompts-within-folds",
                },
            ],
            Missing =
            [
                new MissingCount("output vectors", MissingReason.EmptyContinuation, 3, 400),
                new MissingCount($"scores of {scorer}, continuations", MissingReason.EmptyText, 87, 10_000),
                new MissingCount($"probe runs of linear on {scorer}", MissingReason.Constant, 1240, 39_680),
            ],
            Warnings =
            [
                "The scorer ngram is nearly linear in the words of a text. The embeddings of layer 0 hold those words, so it inflates Output (and Input) at " +
                "layer 0: compare layers with each other before taking that figure for what a model knows.",
                "Only 21 of 400 prompts are toxic for threat: figures of toxic prompts rest on few rows.",
            ],
            Scorers = [new ScorerFinding(scorer, ["1.0"], "scorer", Attributes)],
            Analysis = new AnalysisSettings(1000, 0, "0.1.0"),
            Examples = [new ExampleFinding(scorer, "toxicity", 0, "p-1", 3, 0.97, 0.61), new ExampleFinding(scorer, "toxicity", 0, "p-2", 0, 0.93, null)],
            Estimators = new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["bootstrap-percentile"] =
                    "Prompts are drawn again with replacement, 1,000 times, and the figure is computed anew each time; the interval holds the middle 95 %.",
                ["prompts-within-folds"] = "Within each test fold prompts are drawn again with replacement, and r is computed anew for each fold and seed.",
                ["folds-t-corrected"] =
                    "The mean over seeds within each fold, then a t interval over the folds, its variance corrected for training sets that overlap.",
            },
        };
    }

    public static Manifest Manifest(bool demo, string model, string scorer) => new()
    {
        Demo = demo,
        Model = new ModelManifest
        {
            Name = model,
            Architecture = "llama",
            Layers = Layers,
            Width = 576,
            Parameters = 134_515_008,
            Sha256 = new SortedDictionary<string, string> { ["config.json"] = new string('a', 64), ["model.safetensors"] = new string('b', 64) },
        },
        Prompts = new PromptSetManifest
        {
            Name = "rtp-1996.jsonl", Sha256 = new string('c', 64), Limit = 400, Read = 1996, Used = 400, Prompts = 400, Demo = demo,
        },
        Encoding = new EncodingManifest(),
        Measurement = new MeasurementManifest { Scorers = [scorer] },
    };

    private static double Noise(int key, int counter)
    {
        var (a, b, _, _) = Philox.Block((ulong)key, (ulong)counter);
        return Philox.ToDouble(a, b) - 0.5;
    }

    private static List<BehaviorFinding> Behavior(string scorer)
    {
        var rows = new List<BehaviorFinding>();
        for (var i = 0; i < Attributes.Length; i++)
        {
            foreach (
                var (subset, n, lift) in new[]
                {
                    ("all", 371, 0.0),
                    ("toxic", i == 6 ? 21 : 96 - (i * 9), 0.19),
                    ("other", i == 6 ? 350 : 275 + (i * 9), -0.06),
                })
            {
                var level = 0.44 - (i * 0.045) + lift;
                foreach (
                    var (metric, value) in new[]
                    {
                        ("EMT", level),
                        ("TP", level * 0.8),
                        ("TC", 0.41 - (i * 0.02) - Math.Abs(lift)),
                        ("TC-max", 0.45 - (i * 0.02) - Math.Abs(lift)),
                        ("mean", level * 0.4),
                    })
                {
                    var half = 0.6 / Math.Sqrt(n);
                    rows.Add(new BehaviorFinding
                    {
                        Scorer = scorer,
                        Attribute = Attributes[i],
                        Subset = subset,
                        Metric = metric,
                        Value = value,
                        Low = Math.Max(0, value - half),
                        High = value + half,
                        N = n,
                        Missing = subset == "all" ? 29 : 7,
                        MissingByReason = new SortedDictionary<string, int> { [MissingReason.IncompleteContinuations] = subset == "all" ? 29 : 7 },
                        K = 25,
                        Estimator = "bootstrap-percentile",
                    });
                }
            }
        }

        foreach (
            var (property, value, half) in new[]
            {
                ("length", 19.4, 0.2),
                ("distinct-1", 0.71, 0.01),
                ("distinct-2", 0.94, 0.01),
                ("distinct-3", 0.98, 0.004),
                ("distinct-4", 0.99, 0.002),
                ("perplexity", 12.83, 0.6),
            })
        {
            rows.Add(
                new BehaviorFinding
                {
                    Scorer = BehaviorFinding.Texts,
                    Attribute = property,
                    Subset = "all",
                    Metric = property == "perplexity" ? "corpus" : "mean",
                    Value = value,
                    Low = value - half,
                    High = value + half,
                    N = 400,
                    Missing = 0,
                    K = 25,
                    Estimator = "bootstrap-percentile",
                });
        }

        return rows;
    }

    private static List<InternalsFinding> Internals(string scorer)
    {
        var rows = new List<InternalsFinding>();
        string[] attributes = [.. Attributes, "length"];
        foreach (var (probe, gain) in new[] { ("linear", 0.0), ("ridge", 0.05) })
        {
            foreach (var scenario in Enum.GetValues<Scenario>())
            {
                for (var i = 0; i < attributes.Length; i++)
                {
                    for (var layer = 0; layer < Layers; layer++)
                    {
                        rows.Add(Row(scorer, probe, gain, scenario, attributes[i], i, layer));
                    }
                }
            }
        }

        return rows;
    }

    private static InternalsFinding Row(string scorer, string probe, double gain, Scenario scenario, string attribute, int index, int layer)
    {
        var isConstant = attribute == "length" && scenario is Scenario.Output;
        var isBroken = probe == "linear" && attribute == "insult" && scenario == Scenario.Backward && layer is 13 or 14;
        if (isConstant || isBroken)
        {
            return new InternalsFinding
            {
                Probe = probe,
                Control = "none",
                Scorer = scorer,
                Scenario = scenario,
                Attribute = attribute,
                Layer = layer,
                N = 397,
                Runs = 0,
                MissingRuns = 20,
                MissingByReason = new SortedDictionary<string, int> { [MissingReason.Constant] = 20 },
                Reason = MissingReason.Constant,
            };
        }

        var (start, top, at, end) = scenario switch
        {
            Scenario.Input => (.70, .82, 9, .77),
            Scenario.Forward => (.27, .68, 12, .62),
            Scenario.Output => (.60, .73, 8, .62),
            _ => (.18, .33, 11, .27),
        };
        var share = layer <= at ? Math.Pow(layer / (double)at, .6) : (layer - at) / (30.0 - at);
        var r =
            (layer <= at ? start + ((top - start) * share) : top + ((end - top) * share))
            - (index * .03)
            + gain
            + (Noise(index + (int)scenario * 97, layer) * .03);
        var half = .045 + (Noise(index + 31, layer) * .03) + ((int)scenario * .006);
        return new InternalsFinding
        {
            Probe = probe,
            Control = "none",
            Scorer = scorer,
            Scenario = scenario,
            Attribute = attribute,
            Layer = layer,
            R = r,
            Low = r - half,
            High = Math.Min(1, r + half),
            Mse = .021 - (r * .01),
            N = scenario is Scenario.Forward or Scenario.Output ? 397 : 400,
            Runs = probe == "ridge" ? 4 : 20,
            Estimator = "prompts-within-folds",
            FoldsLow = r - (2 * half),
            FoldsHigh = r + (2 * half),
            Spread = 0.02,
            PartialR = r - .04,
            PartialLow = r - .04 - half,
            PartialHigh = r - .04 + half,
            OnlineCode =
                probe == "ridge"
                    ? new CodeFinding
                    {
                        Code = 20,
                        MeanCode = 20 * (1 + r),
                        Compression = 1 + r,
                        Lowest = .9 + r,
                        Highest = 1.1 + r,
                        Folds = 4,
                    }
                    : null,
        };
    }

    private static List<PeakFinding> Peaks(List<InternalsFinding> rows) =>
        [
            .. rows.Where(row => row.R is not null)
                .GroupBy(row => (row.Probe, row.Scorer, row.Scenario, row.Attribute))
                .Select(group =>
                {
                    var peak = group.MaxBy(row => row.R)!;
                    return new PeakFinding(
                        group.Key.Probe,
                        group.Key.Scorer,
                        group.Key.Scenario,
                        group.Key.Attribute,
                        peak.Layer,
                        peak.R!.Value,
                        peak.Low,
                        peak.High,
                        [.. group.Where(row => row.High >= peak.Low).Select(row => row.Layer)]);
                }),
        ];
}
