using AlignedProbing.Analysis.Strength;
using AlignedProbing.Runs;

namespace AlignedProbing.Analysis.RunComparisons;

/// <summary>One probe's results in one run.</summary>
/// <param name="Source">Where its predictions are.</param>
/// <param name="Cells">Its cells.</param>
internal sealed record ComparedProbe(ProbeSource Source, IReadOnlyList<InternalsFinding> Cells)
{
    /// <summary>Reads what there is.</summary>
    public static ComparedProbe Read(ComparedSource run, string probe, string scorer)
    {
        var (cells, places) = InternalsAnalysis.Of(run.Folder, run.Manifest, probe, scorer, [], []);
        return new ComparedProbe(new ProbeSource(run.Folder, probe, scorer, places, null, ProbeNotes.Continuations(run.Folder, probe, scorer)), cells);
    }

    /// <summary>Curves that have a strength somewhere; their layer is 0.</summary>
    public IEnumerable<CellKey> Curves =>
        Cells.Where(cell => cell.R is not null).Select(cell => new CellKey(cell.Scenario, cell.Attribute, cell.Control, 0)).Distinct();

    /// <summary>Rows of the largest cell.</summary>
    public int MostRows => Cells.Select(cell => cell.N).DefaultIfEmpty(0).Max();

    /// <summary>A cell's compression by online coding; null where none was asked for.</summary>
    public double? Compression(CellKey key) =>
        Cells
            .FirstOrDefault(cell => cell.Layer == key.Layer && cell.Scenario == key.Scenario && cell.Attribute == key.Attribute && cell.Control == key.Control)
            ?.OnlineCode?.Compression;
}
