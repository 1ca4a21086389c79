namespace AlignedProbing.Analysis.Interplay;

/// <summary>Strengths by run, layer, scenario and attribute, and behaviour by run; joined by the run's name, never by place.</summary>
public sealed class InterplayTables
{
    private static readonly string[] Scenarios = ["input", "forward", "output", "backward"];
    private readonly Dictionary<(string Run, string Scenario, string Attribute), Dictionary<int, double>> _strengths;

    private InterplayTables(
        IReadOnlyList<InterplayRun> runs,
        IReadOnlyList<string> metrics,
        IReadOnlyList<string> attributes,
        Dictionary<(string, string, string), Dictionary<int, double>> strengths,
        IReadOnlyList<string> notes) =>
        (Runs, Metrics, Attributes, _strengths, Notes) = (runs, metrics, attributes, strengths, notes);

    /// <summary>The runs that both tables name, in the order of the table of behaviour.</summary>
    public IReadOnlyList<InterplayRun> Runs { get; }

    /// <summary>Behaviour that is correlated.</summary>
    public IReadOnlyList<string> Metrics { get; }

    /// <summary>Attributes, in the order in which the table of strengths first names them.</summary>
    public IReadOnlyList<string> Attributes { get; }

    /// <summary>What was left out, as sentences.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>The scenarios that have strengths, in the method's order.</summary>
    public IReadOnlyList<string> ScenariosThere => [.. Scenarios.Where(scenario => _strengths.Keys.Any(key => key.Scenario == scenario))];

    /// <summary>A run's strengths by layer, 0 .. layers; NaN where one is missing.</summary>
    public double[] Strengths(InterplayRun run, string scenario, string attribute)
    {
        ArgumentNullException.ThrowIfNull(run);
        var values = new double[run.Layers + 1];
        var given = _strengths.GetValueOrDefault((run.Name, scenario, attribute));
        for (var layer = 0; layer < values.Length; layer++)
        {
            values[layer] = given is not null && given.TryGetValue(layer, out var value) ? value : double.NaN;
        }

        return values;
    }

    /// <summary>Tables that are in memory.</summary>
    /// <param name="runs">The runs, each with every metric; NaN where one is missing.</param>
    /// <param name="metrics">Behaviour to correlate.</param>
    /// <param name="strengths">Strengths by run, scenario and attribute, 0 .. blocks; NaN where one is missing.</param>
    public static InterplayTables Of(
        IReadOnlyList<InterplayRun> runs,
        IReadOnlyList<string> metrics,
        IReadOnlyList<(string Run, string Scenario, string Attribute, IReadOnlyList<double> Strengths)> strengths)
    {
        ArgumentNullException.ThrowIfNull(strengths);
        return new InterplayTables(
            runs,
            metrics,
            [.. strengths.Select(row => row.Attribute).Distinct(StringComparer.Ordinal)],
            strengths.ToDictionary(
                row => (row.Run, row.Scenario, row.Attribute),
                row => row.Strengths.Index().ToDictionary(pair => pair.Index, pair => pair.Item)),
            []);
    }

    /// <summary>Reads both tables.</summary>
    /// <param name="strengths">CSV: model, layer, scenario, attribute, strength. An empty strength is missing.</param>
    /// <param name="behavior">CSV: model, family, layers, and a column for each metric. An empty metric is missing.</param>
    /// <param name="options">Which metrics.</param>
    /// <exception cref="InputException">A column, scenario, model or layer is not known, a row is there twice, or a value is no number; by file and
    /// line.</exception>
    public static InterplayTables Read(string strengths, string behavior, InterplayOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var (runs, metrics) = ReadBehavior(behavior, options);
        var byName = runs.ToDictionary(run => run.Name, StringComparer.Ordinal);
        var (values, attributes) = (new Dictionary<(string, string, string), Dictionary<int, double>>(), new List<string>());
        var seen = new HashSet<string>(StringComparer.Ordinal);
        string[] columns = ["model", "layer", "scenario", "attribute", "strength"];
        CsvRows.Read(strengths, header => header.Require(columns, columns), row =>
        {
            var (name, scenario, attribute) = (row.Text("model"), row.Text("scenario"), row.Text("attribute"));
            if (!byName.TryGetValue(name, out var run))
            {
                throw row.Fault(
                    $"line {row.Line} names the model '{CsvRows.Short(name)}', which '{behavior}' does not",
                    "Give its behaviour, or leave its strengths out");
            }

            if (!Scenarios.Contains(scenario))
            {
                throw row.Fault($"line {row.Line} names the scenario '{CsvRows.Short(scenario)}'", $"Write one of {string.Join(", ", Scenarios)}");
            }

            var layer = row.Whole("layer");
            if (layer > run.Layers)
            {
                throw row.Fault(
                    $"line {row.Line} is of layer {layer} of '{CsvRows.Short(name)}', which has {run.Layers}",
                    "Layers go from 0 to the number of blocks");
            }

            var key = (name, scenario, attribute);
            if (!values.TryGetValue(key, out var layers))
            {
                values[key] = layers = [];
            }

            if (!layers.TryAdd(layer, row.Number("strength")))
            {
                throw row.Fault(
                    $"line {row.Line} gives layer {layer} of '{CsvRows.Short(name)}', {scenario}, {CsvRows.Short(attribute)} a second time",
                    "Give each value once");
            }

            if (seen.Add(attribute))
            {
                attributes.Add(attribute);
            }
        });
        if (values.Count == 0)
        {
            throw new InputException("interplay-table", $"reading '{strengths}'", "it has a header and no row", "Give a row for each strength");
        }

        var named = values.Keys.Select(key => key.Item1).ToHashSet(StringComparer.Ordinal);
        string[] without = [.. runs.Select(run => run.Name).Where(name => !named.Contains(name))];
        return new InterplayTables(
            [.. runs.Where(run => named.Contains(run.Name))],
            metrics,
            attributes,
            values,
            without.Length == 0 ? [] : [$"Left out, since they have no strengths: {string.Join(", ", without)}."]);
    }

    private static (List<InterplayRun> Runs, IReadOnlyList<string> Metrics) ReadBehavior(string path, InterplayOptions options)
    {
        var (runs, names) = (new List<InterplayRun>(), new HashSet<string>(StringComparer.Ordinal));
        IReadOnlyList<string> metrics = [];
        CsvRows.Read(
            path,
            header =>
            {
                metrics = options.Metrics ?? [.. InterplayOptions.DefaultMetrics.Where(header.Columns.Contains)];
                if (metrics.Count == 0)
                {
                    throw header.Fault(
                        $"line 1 has none of {string.Join(", ", InterplayOptions.DefaultMetrics)}",
                        "Add one, or name other columns with --metrics");
                }

                string[] needed = ["model", "family", "layers", .. metrics];
                header.Require(needed, [.. needed, .. InterplayOptions.DefaultMetrics.Except(needed)]);
            },
            row =>
            {
                var run = new InterplayRun(
                    row.Text("model"),
                    row.Text("family"),
                    row.Whole("layers"),
                    metrics.ToDictionary(metric => metric, row.Number, StringComparer.Ordinal));
                runs.Add(
                    names.Add(run.Name)
                        ? run
                        : throw row.Fault($"line {row.Line} gives the model '{CsvRows.Short(run.Name)}' a second time", "Give each model once"));
            });
        return runs.Count > 0
            ? (runs, metrics)
            : throw new InputException("interplay-table", $"reading '{path}'", "it has a header and no row", "Give a row for each run");
    }
}
