using AlignedProbing.Probing.Labels;
using AlignedProbing.Probing.Probes;
using AlignedProbing.Probing.Training;

namespace AlignedProbing.Tests.Golden;

/// <summary>Probes the reference vectors as the reference did: the continuation's label is that of the human continuation in Backward too.</summary>
internal static class RtpCells
{
    public static readonly (string Scenario, string Vectors, string Label)[] Scenarios =
        [("Input", "input", "prompt"), ("Forward", "output", "prompt"), ("Output", "output", "continuation"), ("Backward", "input", "continuation")];

    public static IReadOnlyList<(int Layer, string Scenario, string Label, StudyCell Cell)> Run(
        IProbe probe,
        int[] layers,
        string[] labels,
        bool randomized = false)
    {
        var results = new List<(int, string, string, StudyCell)>();
        foreach (var layer in layers)
        {
            var vectors = new Dictionary<string, FeatureMatrix>
            {
                ["input"] = RtpGolden.Vectors("input", layer),
                ["output"] = RtpGolden.Vectors("output", layer),
            };
            var study = new ProbeStudy(probe, new ProbeStudyOptions());
            var cells = new List<(string Scenario, string Label)>();
            foreach (var (scenario, side, labelSide) in Scenarios)
            {
                foreach (var label in labels)
                {
                    study.Add(vectors[side], new LabelColumn(label, [.. RtpGolden.Labels(labelSide, label).Select(value => value ?? double.NaN)]), randomized);
                    cells.Add((scenario, label));
                }
            }

            results.AddRange(study.Run(null, CancellationToken.None).Zip(cells, (cell, name) => (layer, name.Scenario, name.Label, cell)));
        }

        return results;
    }
}
