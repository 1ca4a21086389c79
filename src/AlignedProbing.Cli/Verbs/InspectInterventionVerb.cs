using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using AlignedProbing.Cli.Display;
using AlignedProbing.Torch.Running;
using AlignedProbing.Files;
using AlignedProbing.Prompts;
using AlignedProbing.Settings;
using AlignedProbing.Torch.Certificates.Edited;
using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Weights;

namespace AlignedProbing.Cli.Verbs;

/// <summary><c>inspect intervention</c>: edited models against values that another program made.</summary>
internal static class InspectInterventionVerb
{
    private static readonly Setting<string?> Model = ModelSettings.Model with { Required = true, LeftOut = null };

    private static readonly Setting<string?> Prompts = PromptSettings.Prompts with { Required = true, LeftOut = null };

    private static readonly Setting<string?> Check = PromptSettings.Check with
    {
        Required = true,
        Help = "Cases in JSON; their tensors lie beside it in a .safetensors file of the same name (docs/guide/interventions.md).",
    };

    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => new VerbCommand(
        host,
        "intervention",
        "Whether an edited model writes what another program's edited model writes, as a rule Hugging Face's.",
        argument: null,
        new VerbUse
        {
            Title = "inspect intervention",
            Settings = [Model, ModelSettings.Revision, ModelSettings.Precision, MachineSettings.Device, Prompts, Check, MachineSettings.Json],
            Bind = input =>
            {
                var given = input.Given;
                var (name, revision) = (given.Value(Model)!, given.Value(ModelSettings.Revision));
                var (prompts, check) = (input.PathOf(given.Value(Prompts))!, input.PathOf(given.Value(Check))!);
                var options = new ModelLoadOptions
                {
                    Precision = PrecisionNames.Parse(given.Value(ModelSettings.Precision)),
                    Device = given.Value(MachineSettings.Device).ToString(),
                };
                var json = given.Value(MachineSettings.Json);
                return async cancellationToken =>
                {
                    using var display = Displays.For(host);
                    var texts = PromptRows.Texts(prompts, EditedComparison.RowsOf(check));
                    var folder = await ModelSource.OpenAsync(name, revision, null, host.Machine(display), cancellationToken).ConfigureAwait(false);
                    display.Say($"Loading {folder.Name}, editing it case by case, and continuing {texts.Count} prompts with each");
                    return Compare(folder, texts, check, options, json, host, cancellationToken);
                };
            },
        });

    private static int Compare(
        ModelFolder folder,
        IReadOnlyList<string> texts,
        string check,
        ModelLoadOptions options,
        bool json,
        Host host,
        CancellationToken cancellationToken)
    {
        var tokenizer = TokenizerSource.Open(folder.FullPath);
        int[][] prompts = [.. texts.Select(text => tokenizer.Encode(text, addSpecialTokens: false).Ids)];
        using var model = ModelCatalog.Load(folder.FullPath, options);
        var endOfText = GenerationSettings.FromFolder(folder.FullPath).EndOfText;
        var result = EditedComparison.Run(model, check, prompts, endOfText, cancellationToken: cancellationToken);
        host.Output.Write(json ? JsonSerializer.Serialize(Plain(folder.Name, result), RecordJson.File) + "\n" : TextOf(result));
        return result.Within ? ExitCode.Done : ExitCode.SomeFailed;
    }

    private static string TextOf(EditedComparisonResult result)
    {
        var forks = result.Cases.Sum(item => item.Forks);
        var lines = result.Cases
            .Where(item => !item.Equal)
            .Select(item => $"{item.Name}: {item.Difference}")
            .Append($"{result.Equal} of {result.Cases.Count} cases are equal{(forks == 0 ? "" : $"; {Rows(forks)} at two logits too close to be told apart")}")
            .Append(Largest("log-probabilities", result.Cases.Max(item => item.LogProbability)))
            .Append(Largest("prompts' means", result.Cases.Max(item => item.Means)));
        return string.Concat(lines.Where(line => line.Length > 0).Select(line => line + "\n"));

        static string Rows(int count) => count == 1 ? "1 row parts" : $"{count.ToString(CultureInfo.InvariantCulture)} rows part";

        static string Largest(string what, double? value) =>
            value is { } worst ? string.Create(CultureInfo.InvariantCulture, $"largest difference of {what}: {worst:g2}") : "";
    }

    // JSON has no infinity.
    private static object Plain(string name, EditedComparisonResult result) =>
        new
        {
            model = name,
            result.Tolerance,
            result.Within,
            result.Equal,
            Cases = result.Cases.Select(item => new
            {
                item.Name,
                item.Equal,
                item.Difference,
                item.Forks,
                LogProbability = Finite(item.LogProbability),
                Means = Finite(item.Means),
            }),
        };

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}
