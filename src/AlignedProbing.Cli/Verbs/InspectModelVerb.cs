using AlignedProbing.Files;
using System.CommandLine;
using System.Text.Json;
using AlignedProbing.Cli.Display;
using AlignedProbing.Cli.Options;
using AlignedProbing.Cli.Pipeline;
using AlignedProbing.Torch.Certificates;
using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>inspect model</c>: a model against values that Hugging Face made with its weights.</summary>
internal static class InspectModelVerb
{
    private static readonly Option<string> Model = new("--model") { HelpName = "FOLDER|NAME", Description = CommonOptions.Model.Description, Required = true };

    private static readonly Option<string> Expected = new("--expected")
    {
        HelpName = "FILE",
        Description = "Tensors to compare with, in safetensors (docs/certificate.md).",
        Required = true,
    };

    private static readonly Option<double?> Tolerance = new("--tolerance")
    {
        HelpName = "X",
        Description = "How far values may be off, as a share of their vector's scale. Left out: 1e-4; 0.01 for half, 0.1 for bf16.",
    };

    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host)
    {
        var command = new Command("model", "Whether a model's hidden states, logits and continuations are those of another program, as a rule Hugging Face's.")
        {
            Model, CommonOptions.Revision, CommonOptions.Adapter, CommonOptions.Precision, CommonOptions.Device, Expected, Tolerance, CommonOptions.Json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var display = Displays.For(host);
            var adapter = parsed.GetValue(CommonOptions.Adapter) is { } name ? await AdapterFolder.OpenAsync(name, null, host, display, cancellationToken).ConfigureAwait(false) : null;
            var folder = await ModelSource.OpenAsync(parsed.GetRequiredValue(Model), parsed.GetValue(CommonOptions.Revision), null, host, display, cancellationToken).ConfigureAwait(false);
            var precision = parsed.GetRequiredValue(CommonOptions.Precision);
            var options = new ModelComparisonOptions
            {
                EndOfText = GenerationSettings.FromFolder(folder.FullPath).EndOfText,
                Precision = Precisions.Of(precision),
                Tolerance = parsed.GetValue(Tolerance),
            };
            var description = ModelCatalog.Describe(folder.FullPath);
            var expected = Path.Combine(host.WorkingFolder, parsed.GetRequiredValue(Expected));
            ModelComparison.Check(description.Sizes, expected, options);
            display.Say($"Loading {folder.Name}, reading its prompts together and each alone, and continuing them with cache and without");
            using var model = ModelCatalog.Load(folder.FullPath, new ModelLoadOptions
            {
                Precision = options.Precision,
                Device = parsed.GetRequiredValue(CommonOptions.Device),
                Adapter = adapter?.FullPath,
            });
            var result = ModelComparison.Run(model, expected, options, cancellationToken);
            if (parsed.GetValue(CommonOptions.Json))
            {
                await host.Output.WriteLineAsync(JsonSerializer.Serialize(Plain(folder.Name, adapter?.Name, description, precision, result), RecordJson.File)).ConfigureAwait(false);
            }
            else
            {
                await host.Output.WriteLineAsync($"{folder.Name}{(adapter is null ? "" : $" with {adapter.Name}")}: {description.Architecture}, " +
                    $"{description.Sizes.Blocks} blocks, width {description.Sizes.Width}, {precision}").ConfigureAwait(false);
                await host.Output.WriteAsync(ComparisonText.Of(result)).ConfigureAwait(false);
            }

            return result.Within ? ExitCode.Done : ExitCode.SomeFailed;
        });
        return command;
    }

    // JSON has no infinity: a difference that is none, because a number is missing on one side, is absent.
    private static object Plain(string name, string? adapter, ModelDescription description, string precision, ModelComparisonResult result) =>
        new
        {
            model = name,
            adapter,
            description.Architecture,
            description.Sizes.Blocks,
            description.Sizes.Width,
            precision,
            result.Tolerance,
            result.Within,
            result.PromptLengths,
            Parts = result.Parts.Select(part => new
            {
                part.Tensor,
                part.Layer,
                Difference = double.IsFinite(part.Difference) ? part.Difference : (double?)null,
                part.Where,
                Within = part.Difference <= result.Tolerance,
            }),
            result.Continuations,
            result.Skipped,
        };
}
