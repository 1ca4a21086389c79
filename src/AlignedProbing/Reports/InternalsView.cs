using AlignedProbing.Runs;

namespace AlignedProbing.Reports;

/// <summary>One probe on one scorer's labels with one control task: what a curve belongs to.</summary>
internal sealed record ProbeKey(string Probe, string Control, string Scorer);

/// <summary>The internals rows, looked up by what charts and tables ask for. Orders are those of the findings.</summary>
internal sealed class InternalsView
{
    private readonly Dictionary<(ProbeKey Key, Scenario Scenario, string Attribute, int Layer), InternalsFinding> _cells = [];

    public InternalsView(Findings findings)
    {
        foreach (var row in findings.Internals)
        {
            _cells[(new ProbeKey(row.Probe, row.Control, row.Scorer), row.Scenario, row.Attribute, row.Layer)] = row;
        }

        Keys = [.. findings.Internals.Select(row => new ProbeKey(row.Probe, row.Control, row.Scorer)).Distinct()];
        Scorers = [.. Keys.Select(key => key.Scorer).Distinct()];
        Attributes = [.. findings.Internals.Select(row => row.Attribute).Distinct()];
        Scenarios = [.. findings.Internals.Select(row => row.Scenario).Distinct().Order()];
        Layers = [.. findings.Internals.Select(row => row.Layer).Distinct().Order()];
    }

    public IReadOnlyList<ProbeKey> Keys { get; }

    public IReadOnlyList<string> Scorers { get; }

    public IReadOnlyList<string> Attributes { get; }

    public IReadOnlyList<Scenario> Scenarios { get; }

    /// <summary>Layers with at least one row, ascending.</summary>
    public IReadOnlyList<int> Layers { get; }

    /// <summary>The row of a cell; null where nothing was run.</summary>
    public InternalsFinding? Cell(ProbeKey key, Scenario scenario, string attribute, int layer) => _cells.GetValueOrDefault((key, scenario, attribute, layer));

    /// <summary>Whether any layer has a row.</summary>
    public bool Has(ProbeKey key, string attribute) => Scenarios.Any(scenario => Layers.Any(layer => Cell(key, scenario, attribute, layer) is not null));

    /// <summary>Why a cell has no figure, in words.</summary>
    public static string WhyMissing(InternalsFinding? cell) => cell is null ? "not run" : Wording.Reason(cell.Reason ?? MissingReason.NotRun);
}
