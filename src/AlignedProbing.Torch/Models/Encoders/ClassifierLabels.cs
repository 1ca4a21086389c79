using System.Globalization;

namespace AlignedProbing.Torch.Models.Encoders;

/// <summary>What <c>config.json</c> says of a classifier's outputs.</summary>
public static class ClassifierLabels
{
    private const int Most = 100_000;

    /// <summary>
    /// Number of outputs: entries of <c>id2label</c>, else <c>num_labels</c>, else 2, which is what Hugging Face means where both are left out.
    /// </summary>
    public static int Count(ModelConfig config) => Names(config).Count;

    /// <summary>Name of each output, in order; <c>LABEL_0</c> and so on where the file gives none.</summary>
    /// <exception cref="InputException"><c>config-broken</c>: <c>id2label</c> does not name the outputs 0, 1, 2, ...</exception>
    public static IReadOnlyList<string> Names(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        if (config.Section("id2label") is not { } section)
        {
            var count = config.OptionalSize("num_labels") ?? 2;
            return count <= Most
                ? [.. Enumerable.Range(0, count).Select(id => string.Create(CultureInfo.InvariantCulture, $"LABEL_{id}"))]
                : throw config.Broken($"num_labels is {count}");
        }

        var names = new SortedDictionary<int, string>();
        foreach (var label in section.EnumerateObject())
        {
            if (
                !int.TryParse(label.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                || label.Value.ValueKind != System.Text.Json.JsonValueKind.String
                || !names.TryAdd(id, label.Value.GetString()!))
            {
                throw config.Broken($"id2label has an entry '{label.Name}' that is no number with a name");
            }
        }

        return names.Count > 0 && names.Keys.Last() == names.Count - 1
            ? [.. names.Values]
            : throw config.Broken($"id2label names {names.Count} outputs, and not 0, 1, 2, ... without a gap");
    }
}
