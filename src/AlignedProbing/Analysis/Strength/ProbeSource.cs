using AlignedProbing.Analysis.Behavior;
using AlignedProbing.Runs;

namespace AlignedProbing.Analysis.Strength;

/// <summary>Reads the stored predictions of one probe on one scorer's labels, cell by cell.</summary>
/// <param name="run">The run.</param>
/// <param name="probe">The probe.</param>
/// <param name="scorer">The scorer.</param>
/// <param name="places">Where cells' predictions are.</param>
/// <param name="texts">How many tokens vectors were pooled over; null where nobody asks.</param>
/// <param name="continuations">Numbers of the continuations whose vectors were probed: rows of a prompt, in order.</param>
internal sealed class ProbeSource(
    RunFolder run,
    string probe,
    string scorer,
    IReadOnlyDictionary<CellKey, CellPlace> places,
    StoredTexts? texts,
    IReadOnlyList<int> continuations)
{
    public string Probe => probe;

    public string Scorer => scorer;

    public IEnumerable<CellKey> Cells => places.Keys;

    /// <summary>A cell's predictions; null where the layer has none or the cell was never trained.</summary>
    /// <exception cref="InputException">The file cannot be read as predictions.</exception>
    public CellSeries? Read(CellKey key)
    {
        var path = run.PredictionsPath(probe, scorer, key.Layer);
        if (!places.TryGetValue(key, out var place) || !File.Exists(path))
        {
            return null;
        }

        var series = Read(key, place, path);
        var probabilities = run.ProbabilitiesPath(probe, scorer, key.Layer);
        return series is not null && File.Exists(probabilities) ? series.With(ProbeProbabilities.ReadCell(probabilities, place.Index)) : series;
    }

    private CellSeries? Read(CellKey key, CellPlace place, string path)
    {
        var cell = ProbePredictions.ReadCell(path, place.Index);
        double Length(int row) => Tokens(key.Scenario, row);
        if (key.Control != LabelPermutation.Name)
        {
            return CellSeries.Of(cell, place.Seeds.Count, continuations.Count, Length);
        }

        return places.TryGetValue(key with { Control = "none" }, out var plain)
            ? CellSeries.OfPermuted(cell, ProbePredictions.ReadCell(path, plain.Index).Labels(0).ToArray(), place.Seeds, continuations.Count, Length)
            : null;
    }

    private double Tokens(Scenario scenario, int row)
    {
        var (prompt, continuation) = (row / continuations.Count, continuations[row % continuations.Count]);
        return texts is null ? 0
            : scenario is Scenario.Input or Scenario.Backward ? texts.InputTokens[prompt]
            : texts.OutputTokens.GetValueOrDefault(continuation)?[prompt] ?? 0;
    }
}
