using System.Globalization;
using System.Text;
using AlignedProbing.Torch.Certificates;

namespace AlignedProbing.Cli.Verbs;

/// <summary>A comparison as a person reads it: a table of layers, the tensors without layers, the continuations, what was left out, the verdict.</summary>
internal static class ComparisonText
{
    /// <summary>The text, with a line end.</summary>
    public static string Of(ModelComparisonResult result)
    {
        var text = new StringBuilder();
        Line(
            text,
            $"{result.PromptLengths.Count} rows of {result.PromptLengths.Min()} to {result.PromptLengths.Max()} tokens; largest differences, as a share of " +
            $"each vector's scale; allowed: {Number(result.Tolerance)}");
        Layers(text, result);
        foreach (var part in result.Parts.Where(part => part.Layer is null))
        {
            Line(text, $"  {part.Tensor,-24}{Marked(part, result),9}  {(part.Difference > 0 ? part.Where : "equal to the bit")}");
        }

        foreach (var group in result.Continuations.GroupBy(continuation => continuation.Cached))
        {
            Line(
                text,
                $"  greedy_ids, {(group.Key ? "with cache: " : "without:    ")}{group.Count(row => row.Differs is null)} of {group.Count()} rows equal, " +
                $"{group.Sum(row => row.Compared)} ids");
        }

        foreach (var row in result.Continuations.Where(row => row.Differs is not null))
        {
            var gap = row.Gap is { } value
                ? $"; the expected logits of the two are {Number(value)} apart{(row.Within ? ", less than the tolerance can tell" : "")}"
                : "";
            Line(text, $"    row {row.Row}, step {row.Differs}{(row.Cached ? "" : ", without cache")}: {row.Found} instead of {row.Expected}{gap}");
        }

        foreach (var group in result.Skipped.GroupBy(part => part.Reason))
        {
            Line(text, $"  not compared: {string.Join(", ", group.Select(part => part.Tensor))} ({group.Key})");
        }

        Line(text, result.Within ? "Equal within tolerance." : $"NOT equal: {Worst(result)}");
        return text.ToString();
    }

    private static void Layers(StringBuilder text, ModelComparisonResult result)
    {
        var tensors = result.Parts.Where(part => part.Layer is not null).Select(part => part.Tensor).Distinct().ToArray();
        if (tensors.Length == 0)
        {
            return;
        }

        Line(text, $"  layer{string.Concat(tensors.Select(tensor => $"{tensor,16}"))}");
        foreach (var layer in result.Parts.Where(part => part.Layer is not null).GroupBy(part => part.Layer))
        {
            Line(
                text,
                $"  {layer.Key, 5}{string.Concat(tensors.Select(tensor =>
                    $"{(layer.FirstOrDefault(part => part.Tensor == tensor) is { } part ? Marked(part, result) : ""), 16}"))}"
            );
        }
    }

    private static string Worst(ModelComparisonResult result)
    {
        var worst = result.Parts.MaxBy(part => part.Difference)!;
        return worst.Difference > result.Tolerance
            ? $"{worst.Tensor}{(worst.Layer is { } layer ? string.Create(CultureInfo.InvariantCulture, $" of layer {layer}") : "")} is off by " +
                $"{Number(worst.Difference)} in {worst.Where}"
            : "continuations differ";
    }

    private static string Marked(ComparedPart part, ModelComparisonResult result) =>
        part.Difference <= result.Tolerance ? Number(part.Difference) : $"! {Number(part.Difference)}";

    private static string Number(double value) => value == 0 ? "0" : value.ToString("0.0e-0", CultureInfo.InvariantCulture);

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');
}
