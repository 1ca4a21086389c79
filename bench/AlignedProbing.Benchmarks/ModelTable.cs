using System.Globalization;
using AlignedProbing.Torch.Certificates;
using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Weights;

namespace AlignedProbing.Benchmarks;

/// <summary>
/// Architecture by precision: the largest differences of every model in a folder from the <c>expected.safetensors</c> that lies beside it, as the table of
/// docs/reference/models.md. Arguments: <c>--folders FOLDER</c>.
/// </summary>
internal static class ModelTable
{
    private static readonly WeightPrecision[] Precisions = [WeightPrecision.Full, WeightPrecision.Half, WeightPrecision.BFloat16];

    public static void Run(IReadOnlyList<string> arguments)
    {
        var home = arguments is ["--folders", var path] ? path : throw new ArgumentException("Say --folders FOLDER.");
        Console.WriteLine("| folder | architecture | full: states | logits | pooled | half: states | logits | bf16: states | logits | against bf16 |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        var folders = Directory
            .GetDirectories(home)
            .Where(folder => File.Exists(Path.Combine(folder, "config.json")) && File.Exists(Path.Combine(folder, "expected.safetensors")));
        foreach (var folder in folders.Order(StringComparer.Ordinal))
        {
            var results = Precisions.Select(precision => Compare(folder, precision)).ToArray();
            var cells = new[]
            {
                Largest(results[0], "hidden_states"),
                Largest(results[0], "logits_last", "logits_full", "generate_logits"),
                Largest(results[0], "pooled_input", "pooled_output"),
                Largest(results[1], "hidden_states"),
                Largest(results[1], "logits_last", "logits_full", "generate_logits"),
                Largest(results[2], "hidden_states"),
                Largest(results[2], "logits_last", "logits_full", "generate_logits"),
                Largest(results[2], "logits_last_bf16", "hidden_states_bf16_last"),
            };
            Console.WriteLine($"| {Path.GetFileName(folder)} | {ModelCatalog.Describe(folder).Architecture} | {string.Join(" | ", cells)} |");
            foreach (var (result, precision) in results.Zip(Precisions).Where(pair => !pair.First.Within))
            {
                Console.Error.WriteLine($"{Path.GetFileName(folder)} in {precision} is NOT within {result.Tolerance}");
            }
        }
    }

    private static ModelComparisonResult Compare(string folder, WeightPrecision precision)
    {
        using var model = ModelCatalog.Load(folder, new ModelLoadOptions { Precision = precision });
        var options = new ModelComparisonOptions { Precision = precision, EndOfText = GenerationSettings.FromFolder(folder).EndOfText };
        return ModelComparison.Run(model, Path.Combine(folder, "expected.safetensors"), options);
    }

    private static string Largest(ModelComparisonResult result, params ReadOnlySpan<string> tensors)
    {
        double? largest = null;
        foreach (var tensor in tensors)
        {
            largest = result.Largest(tensor) is { } value && !(value <= largest) ? value : largest;
        }

        return largest?.ToString("0.0e-0", CultureInfo.InvariantCulture) ?? "";
    }
}
