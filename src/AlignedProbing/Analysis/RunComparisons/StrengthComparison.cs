using AlignedProbing.Analysis.Strength;
using AlignedProbing.Runs;

namespace AlignedProbing.Analysis.RunComparisons;

/// <summary>
/// Information strength of every run, layer by layer, on the prompts that all of them have: from stored out-of-fold predictions, drawn again as one. A curve is
/// one probe, scorer, scenario and attribute; memory holds the resamples of one probe.
/// </summary>
internal sealed class StrengthComparison
{
    private const string None = "none";
    private const int FewestRows = PairedSamples.FewestRows;

    private readonly IReadOnlyList<ComparedSource> _runs;
    private readonly CommonPrompts _common;
    private readonly ComparisonOptions _options;
    private readonly PromptDraws _draws;

    public StrengthComparison(IReadOnlyList<ComparedSource> runs, CommonPrompts common, ComparisonOptions options)
    {
        (_runs, _common, _options) = (runs, common, options);
        _draws = new PromptDraws(common.Count, options.ForBootstrap);
        Layers = [.. runs.Select(run => run.Manifest.Model.Layers)];
    }

    public List<RunFigure> Figures { get; } = [];

    public List<RunDifference> Differences { get; } = [];

    /// <summary>Hidden states of each run.</summary>
    public IReadOnlyList<int> Layers { get; }

    /// <summary>Rows that each run's probes were trained on, the most of a cell, by probe: strength grows with them.</summary>
    public SortedDictionary<string, int[]> TrainedRows { get; } = new(StringComparer.Ordinal);

    /// <summary>Names of the probes that all runs have on a scorer's labels; others are told in <paramref name="leftOut"/>.</summary>
    public IReadOnlyList<string> Probes(ScorerMatch scorer, List<LeftOut> leftOut)
    {
        var there = _runs
            .Select((run, place) => run.Folder.Probes().Where(probe => run.Folder.ProbeScorers(probe).Contains(scorer.Names[place])).ToArray())
            .ToArray();
        var named = there
            .SelectMany(probes => probes)
            .Distinct()
            .Where(probe => _options.Probes?.Contains(probe) ?? true)
            .Order(StringComparer.Ordinal)
            .ToArray();
        foreach (var probe in named.Where(probe => there.Any(probes => !probes.Contains(probe))))
        {
            string[] without = [.. _runs.Where((_, place) => !there[place].Contains(probe)).Select(run => run.Name)];
            leftOut.Add(new LeftOut($"probe {probe} on {scorer.Label}", $"{string.Join(", ", without)} {(without.Length == 1 ? "has" : "have")} not run it"));
        }

        return [.. named.Where(probe => there.All(probes => probes.Contains(probe)))];
    }

    /// <summary>Compares one probe on one scorer's labels.</summary>
    public void Add(string probe, ScorerMatch scorer, List<LeftOut> leftOut, CancellationToken cancellationToken)
    {
        var what = $"probe {probe} on {scorer.Label}";
        var options = _runs.Select((run, place) => MadeFacts.Options(run.Folder.ProbeFolder(probe, scorer.Names[place]))).ToArray();
        var scenarios = ProbeMatch.Scenarios(what, [.. _runs.Select(run => run.Name)], options, leftOut);
        if (scenarios.Count == 0)
        {
            return;
        }

        var sources = _runs.Select((run, place) => ComparedProbe.Read(run, probe, scorer.Names[place])).ToArray();
        TrainedRows[what] = [.. sources.Select(source => source.MostRows)];
        var curves = sources.Select(source => source.Curves.ToHashSet()).Aggregate((all, ofRun) => [.. all.Intersect(ofRun)])
            .Where(curve => scenarios.Contains(curve.Scenario) && ((_options.StrengthAttributes ?? _options.Attributes)?.Contains(curve.Attribute) ?? true))
            .OrderBy(curve => curve.Control != None).ThenBy(curve => curve.Control, StringComparer.Ordinal)
            .ThenBy(curve => curve.Scenario).ThenByAttribute(curve => curve.Attribute)
            .ToArray();
        var plain = new Dictionary<CellKey, PairedCurve>();
        foreach (var curve in curves)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var found = Curve(sources, curve, cancellationToken);
            if (curve.Control == None)
            {
                plain[curve] = found;
                AddStrength(probe, scorer.Label, curve, found);
                AddPeak(probe, scorer.Label, curve, found);
                AddCompression(probe, scorer.Label, curve, sources, found);
            }
            else if (plain.TryGetValue(curve with { Control = None }, out var strength))
            {
                AddSelectivity(probe, scorer.Label, curve, strength, found);
            }
        }
    }

    /// <summary>
    /// The layer of a run that is held against one of the baseline's: the same where both have as many, otherwise the nearest at the same relative depth.
    /// </summary>
    public static int Matched(int layer, int layersOfBaseline, int layersOfRun) =>
        layersOfBaseline == layersOfRun || layersOfBaseline < 2
            ? layer
            : (int)Math.Round((double)layer / (layersOfBaseline - 1) * (layersOfRun - 1), MidpointRounding.AwayFromZero);

    private PairedCurve Curve(ComparedProbe[] sources, CellKey curve, CancellationToken cancellationToken)
    {
        var layers = new PairedLayer?[Layers[0]];
        ParallelWork.For(layers.Length, layer =>
        {
            int[] matched = [.. Layers.Select(ofRun => Matched(layer, Layers[0], ofRun))];
            layers[layer] = Layer(sources, curve, matched);
        }, cancellationToken);
        return new PairedCurve([.. layers.OfType<PairedLayer>()]);
    }

    private PairedLayer? Layer(ComparedProbe[] sources, CellKey curve, int[] layers)
    {
        var series = new CellSeries[sources.Length];
        HashSet<int>? shared = null;
        for (var run = 0; run < sources.Length; run++)
        {
            if (sources[run].Source.Read(curve with { Layer = layers[run] }) is not { } read)
            {
                return null;
            }

            series[run] = read;
            var numbers = _common.Numbers[run];
            var there = read.Rows.Prompts.Select(prompt => numbers[prompt]).Where(number => number >= 0);
            shared = shared is null ? [.. there] : [.. shared.Intersect(there)];
        }

        if (shared!.Count < FewestRows)
        {
            return null;
        }

        var (values, resampled) = (new double[sources.Length], new double[sources.Length][]);
        for (var run = 0; run < sources.Length; run++)
        {
            var among = series[run].Among(_common.Numbers[run], shared)!;
            var samples = StrengthSamples.Of(among, _draws.OverPrompts(among.Rows), withPartial: false);
            (values[run], resampled[run]) = (samples.Value, samples.Resampled);
        }

        return Array.TrueForAll(values, double.IsFinite) ? new PairedLayer(layers, shared.Count, new PairedSamples(values, resampled)) : null;
    }

    private void AddStrength(string probe, string scorer, CellKey curve, PairedCurve found)
    {
        foreach (var layer in found.Layers)
        {
            for (var run = 0; run < _runs.Count; run++)
            {
                Figures.Add(layer.Samples.Figure(run, Figure("strength", "r", probe, scorer, curve, run, layer.N) with { Layer = layer.Layers[run] }));
            }
        }

        for (var run = 1; run < _runs.Count; run++)
        {
            var bands = found.Bands(run);
            foreach (var (place, layer) in found.Layers.Index())
            {
                var difference = layer.Samples.Difference(run, Difference("strength", "r", probe, scorer, curve, run, layer), StrengthAnalysis.OverPrompts);
                Differences.Add(difference with { BandLow = bands?[place].Low, BandHigh = bands?[place].High });
            }
        }
    }

    // Where the curve is highest, in each run for itself and anew in each resample: that the highest was chosen is part of the interval.
    private void AddPeak(string probe, string scorer, CellKey curve, PairedCurve found)
    {
        if (found.Layers.Count == 0)
        {
            return;
        }

        var (r, layer) = found.Peaks(_runs.Count);
        var n = found.Layers.Min(at => at.N);
        for (var run = 0; run < _runs.Count; run++)
        {
            Figures.Add(r.Figure(run, Figure("peak", "r", probe, scorer, curve, run, n)));
            Figures.Add(layer.Figure(run, Figure("peak", "layer", probe, scorer, curve, run, n)));
            if (run > 0)
            {
                var about = Difference("peak", "r", probe, scorer, curve, run, null, n);
                Differences.Add(r.Difference(run, about, StrengthAnalysis.OverPrompts));
                // A place has an interval; that it is a whole number leaves no normal distribution to hold it against.
                if (Layers[run] == Layers[0])
                {
                    Differences.Add(layer.Difference(run, about with { Metric = "layer" }, StrengthAnalysis.OverPrompts) with { P = null });
                }
            }
        }
    }

    private void AddSelectivity(string probe, string scorer, CellKey curve, PairedCurve strength, PairedCurve control)
    {
        foreach (
            var (one, other) in strength
                .Layers.Join(control.Layers, layer => layer.Layers[0], layer => layer.Layers[0], (one, other) => (one, other))
                .Where(pair => pair.one.N == pair.other.N))
        {
            var samples = one.Samples.Less(other.Samples);
            for (var run = 0; run < _runs.Count; run++)
            {
                Figures.Add(samples.Figure(run, Figure("selectivity", curve.Control, probe, scorer, curve, run, one.N) with { Layer = one.Layers[run] }));
                if (run > 0)
                {
                    Differences.Add(
                        samples.Difference(run, Difference("selectivity", curve.Control, probe, scorer, curve, run, one), StrengthAnalysis.OverPrompts));
                }
            }
        }
    }

    // A ratio of summed errors over training rows: it has no parts that belong to prompts, hence no interval over them.
    private void AddCompression(string probe, string scorer, CellKey curve, ComparedProbe[] sources, PairedCurve found)
    {
        foreach (var layer in found.Layers)
        {
            double?[] ratios = [.. sources.Select((source, run) => source.Compression(curve with { Layer = layer.Layers[run] }))];
            for (var run = 0; run < _runs.Count && ratios.All(ratio => ratio is not null); run++)
            {
                Figures.Add(Figure("compression", "ratio", probe, scorer, curve, run, layer.N) with { Layer = layer.Layers[run], Value = ratios[run] });
                if (run > 0)
                {
                    Differences.Add(
                        Difference("compression", "ratio", probe, scorer, curve, run, layer) with
                        {
                            BaselineValue = ratios[0],
                            RunValue = ratios[run],
                            Difference = ratios[run] - ratios[0],
                        });
                }
            }
        }
    }

    private RunFigure Figure(string kind, string metric, string probe, string scorer, CellKey curve, int run, int n) =>
        new()
        {
            Kind = kind,
            Metric = metric,
            Run = _runs[run].Name,
            Probe = probe,
            Scorer = scorer,
            Attribute = curve.Attribute,
            Scenario = curve.Scenario,
            N = n,
        };

    private RunDifference Difference(string kind, string metric, string probe, string scorer, CellKey curve, int run, PairedLayer? layer, int n = 0) => new()
    {
        Kind = kind,
        Metric = metric,
        Baseline = _runs[0].Name,
        Run = _runs[run].Name,
        Probe = probe,
        Scorer = scorer,
        Attribute = curve.Attribute,
        Scenario = curve.Scenario,
        Layer = layer?.Layers[0],
        RunLayer = layer is null || layer.Layers[run] == layer.Layers[0] ? null : layer.Layers[run],
        N = layer?.N ?? n,
    };
}
