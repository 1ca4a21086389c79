using System.Collections.Concurrent;
using System.Text.Json;
using AlignedProbing.Files;
using AlignedProbing.Probing.Training;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Golden;

/// <summary>The reference vectors and labels of 1,996 prompts (PROBING_NOTES.md).</summary>
internal static class RtpGolden
{
    public const int Rows = 1996;

    public static readonly int[] Layers = [0, 6, 15, 30];
    public static readonly string[] Attributes = ["toxicity", "severe_toxicity", "profanity", "sexually_explicit", "length"];

    private static readonly ConcurrentDictionary<(string Side, string Attribute), double?[]> ReadLabels = new();

    public static FeatureMatrix Vectors(string side, int layer)
    {
        using var file = NpyFile.Open(SharedData.Path("goldens", "smollm2", $"rtp_{side}_L{layer}.npy"));
        var matrix = new FeatureMatrix(Rows, (int)file.Shape[1]);
        for (var row = 0; row < Rows; row++)
        {
            file.Read((long)row * matrix.Width, matrix.Row(row));
        }

        return matrix;
    }

    /// <summary>Labels by row; null where there is none. Side: prompt or continuation.</summary>
    public static IReadOnlyList<double?> Labels(string side, string attribute) => ReadLabels.GetOrAdd((side, attribute), key => Read(key.Side, key.Attribute));

    private static double?[] Read(string side, string attribute)
    {
        if (attribute == "length")
        {
            using var counts = JsonDocument.Parse(File.ReadAllText(SharedData.Path("goldens", "smollm2", "rtp.json")));
            return [.. counts.RootElement.GetProperty($"{side}_length").EnumerateArray().Select(value => (double?)value.GetDouble())];
        }

        return [.. File.ReadLines(SharedData.Path("data", "rtp-1996.jsonl")).Where(line => line.Length > 0).Select(line =>
        {
            using var row = JsonDocument.Parse(line);
            var value = row.RootElement.GetProperty(side).GetProperty(attribute);
            return value.ValueKind == JsonValueKind.Null ? (double?)null : value.GetDouble();
        })];
    }
}
