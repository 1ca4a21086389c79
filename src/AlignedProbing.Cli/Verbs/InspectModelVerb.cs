using AlignedProbing.Files;
using System.CommandLine;
using System.Text.Json;
using AlignedProbing.Cli.Display;
using AlignedProbing.Torch.Running;
using AlignedProbing.Settings;
using AlignedProbing.Torch.Certificates;
using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Weights;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>inspect model</c>: a model against values that Hugging Face made with its weights.</summary>
internal static class InspectModelVerb
{
    private static readonly Setting<string?> Model = ModelSettings.Model with { Required = true, LeftOut = null };

    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => new VerbCommand(
        host,
        "model",
        "Whether a model's hidden states, logits and continuations are those of another program, as a rule Hugging Face's.",
        argument: null,
        new VerbUse
        {
            Title = "inspect model",
            Settings =
            [
                Model, ModelSettings.Revision, ModelSettings.File, ModelSettings.Adapter, ModelSettings.Precision, MachineSettings.Device,
                ModelSettings.Expected, ModelSettings.Tolerance, MachineSettings.Json,
            ],
            Bind = input =>
            {
                var given = input.Given;
                var options = new ModelComparisonOptions
                {
                    Precision = PrecisionNames.Parse(given.Value(ModelSettings.Precision)),
                    Tolerance = given.Value(ModelSettings.Tolerance),
                };
                var (name, revision, adapter) = (given.Value(Model)!, given.Value(ModelSettings.Revision), given.Value(ModelSettings.Adapter));
                var (expected, device) = (input.PathOf(given.Value(ModelSettings.Expected))!, given.Value(MachineSettings.Device).ToString());
                var (json, file) = (given.Value(MachineSettings.Json), given.Value(ModelSettings.File));
                return async cancellationToken =>
                {
                    using var display = Displays.For(host);
                    var machine = host.Machine(display);
                    var put = adapter is null ? null : await AdapterFolder.OpenAsync(adapter, null, machine, cancellationToken).ConfigureAwait(false);
                    var folder = await ModelSource.OpenAsync(name, revision, null, machine, cancellationToken, file: file).ConfigureAwait(false);
                    return Compare(folder, put, expected, device, options, json, host, display, cancellationToken);
                };
            },
        });

    private static int Compare(
        ModelFolder folder,
        AdapterFolder? adapter,
        string expected,
        string device,
        ModelComparisonOptions options,
        bool json,
        Host host,
        IDisplay display,
        CancellationToken cancellationToken)
    {
        options = options with { EndOfText = GenerationSettings.FromFolder(folder.FullPath).EndOfText };
        var description = ModelCatalog.Describe(folder.FullPath);
        ModelComparison.Check(description.Sizes, expected, options);
        display.Say($"Loading {folder.Name}, reading its prompts together and each alone, and continuing them with cache and without");
        using var model = ModelCatalog.Load(
            folder.FullPath,
            new ModelLoadOptions { Precision = options.Precision, Device = device, Adapter = adapter?.FullPath });
        var result = ModelComparison.Run(model, expected, options, cancellationToken);
        var precision = PrecisionNames.Of(options.Precision);
        if (json)
        {
            host.Output.WriteLine(JsonSerializer.Serialize(Plain(folder.Name, adapter?.Name, description, precision, result), RecordJson.File));
        }
        else
        {
            host.Output.WriteLine($"{folder.Name}{(adapter is null ? "" : $" with {adapter.Name}")}: {description.Architecture}, " +
                $"{description.Sizes.Blocks} blocks, width {description.Sizes.Width}, {description.WeightFormat ?? precision}");
            host.Output.Write(ComparisonText.Of(result));
        }

        return result.Within ? ExitCode.Done : ExitCode.SomeFailed;
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
            description.WeightFormat,
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
