using AlignedProbing.Probing.Labels;
using AlignedProbing.Probing.Probes;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Units;

namespace AlignedProbing.Probing;

/// <summary>
/// Probes the layers of a run: <c>probes/&lt;probe&gt;/&lt;scorer&gt;/layer-06.predictions.npy</c> and, written last, <c>layer-06.jsonl</c>. A layer is a unit:
/// complete once the latter is there. Memory does not grow with the number of layers.
/// </summary>
public static class ProbingStage
{
    // Nearly all sampled continuations have the asked number of tokens: predicting the rest is noise.
    private const double LargestLengthShare = 0.9;

    // A layer gives tens of tasks; machines with many cores get several layers at once.
    private const int ThreadsPerLayer = 8;

    /// <summary>Probes the layers that are not complete.</summary>
    /// <param name="run">The run; all its chunks must be encoded and scored.</param>
    /// <param name="options">What and how.</param>
    /// <param name="progress">Told the number of probes trained.</param>
    /// <param name="cancellationToken">Stops within a layer; complete layers are kept.</param>
    /// <returns>What was done; a layer that fails is listed and the others are done.</returns>
    /// <exception cref="InputException">The options are wrong or differ from those of the layers there, or chunks are missing.</exception>
    public static StageResult Run(RunFolder run, ProbingOptions options, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(options);
        var manifest = run.ReadManifest();
        options.Validate(manifest);
        var labels = RunLabels.Read(run, manifest, options);
        var attributes = Attributes(options, labels);
        (options, attributes) = ProbeGrowth.Settle(run, options, Fingerprint(options, labels, attributes));
        var cells = Cells(options, attributes, labels);
        var store = UnitStore
            .Probes(run, manifest, options.FolderName, options.Scorer, options.Layers ?? [.. Enumerable.Range(0, manifest.Model.Layers)])
            .Requiring(layer => ProbeGrowth.Holds(run, options, cells, layer));
        var unit = new ProbingUnit(run, manifest, options, labels, cells);
        var loop = new UnitLoop(
            store,
            new UnitLoopOptions
            {
                Stage = "probe",
                Counted = "probes",
                Weight = _ => unit.Probes,
                Shard = options.Shard,
                Control = options.Control,
                Together = Math.Max(1, (options.Threads ?? Environment.ProcessorCount) / ThreadsPerLayer),
                Progress = progress,
            });
        return loop.RunTogether((layers, counter) => unit.Run(layers, counter, cancellationToken), cancellationToken);
    }

    private static IReadOnlyList<string> Attributes(ProbingOptions options, RunLabels labels)
    {
        var unknown = (options.Attributes ?? []).Except(labels.Attributes).ToArray();
        return unknown.Length == 0
            ? options.Attributes ?? labels.Attributes
            : throw new InputException(
                "unknown-attribute",
                $"probing {string.Join(", ", unknown)}",
                $"scorer '{options.Scorer}' scores {string.Join(", ", labels.Attributes)}",
                "Take attributes it scores, or another scorer");
    }

    private static ProbingFingerprint Fingerprint(ProbingOptions options, RunLabels labels, IReadOnlyList<string> attributes) => new()
    {
        Format = ProbingFingerprint.FormatOf(options.Probe),
        Probe = options.Probe,
        Scorer = options.Scorer,
        ScorerVersions = [.. labels.ScorerVersions],
        PromptScores = labels.PromptScores,
        Pooling = options.Pooling,
        Continuations = options.Continuations,
        GroupDuplicates = options.GroupDuplicates,
        Backward = options.Backward,
        Scenarios = options.Scenarios,
        Attributes = attributes,
        Controls = options.Controls,
        Seeds = options.Seeds,
        Standardise = options.Standardise,
        OnlineCoding = options.OnlineCoding,
        HiddenUnits = ProbeCatalog.WithHiddenUnits.Contains(options.Probe) ? options.HiddenUnits : null,
        Epochs = options.Epochs,
        Patience = options.Patience,
    };

    private static List<ProbingCell> Cells(ProbingOptions options, IReadOnlyList<string> attributes, RunLabels labels)
    {
        var cells = new List<ProbingCell>();
        foreach (var scenario in options.Scenarios)
        {
            var (side, kind) = scenario switch
            {
                Scenario.Input => ("input", RunLabels.LabelKind.Prompt),
                Scenario.Forward => ("output", RunLabels.LabelKind.Prompt),
                Scenario.Output => ("output", RunLabels.LabelKind.Continuation),
                _ => ("input", RunLabels.LabelKind.All),
            };
            foreach (var attribute in attributes)
            {
                var column = new LabelColumn(attribute, labels.Of(attribute, kind, side), attribute == RunLabels.Length ? LargestLengthShare : 1);
                cells.AddRange(
                    options.Controls.Prepend("none").Select(control => new ProbingCell(scenario, attribute, control, side, column, labels.Groups(side))));
            }
        }

        return cells;
    }
}
