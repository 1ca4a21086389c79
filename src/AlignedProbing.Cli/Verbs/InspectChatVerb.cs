using AlignedProbing.Files;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using AlignedProbing.ChatTemplates;
using AlignedProbing.Cli.Display;
using AlignedProbing.Torch.Running;
using AlignedProbing.Prompts;
using AlignedProbing.Prompts.Inspection;
using AlignedProbing.Runs;
using AlignedProbing.Settings;
using AlignedProbing.Tokenizers.Inspection;

namespace AlignedProbing.Cli.Verbs;

/// <summary>
/// <c>inspect chat</c>: what a model's chat template makes of a prompt, and which tokens are the prompt's; or whether templates render as expected.
/// </summary>
internal static class InspectChatVerb
{
    private const int ShownAround = 60;

    private static readonly Setting<string?> Model = ModelSettings.Model with
    {
        LeftOut = "",
        Help = "A Hugging Face model folder, or a name on the Hub (its weights are not downloaded).",
    };

    /// <summary>Creates the verb.</summary>
    public static Command Create(Host host) => new VerbCommand(
        host,
        "chat",
        "The text that a chat template makes of a prompt, and the prompt's token span; or a check of many templates (--check).",
        argument: null,
        new VerbUse
        {
            Title = "inspect chat --check",
            When = PromptSettings.Check,
            Settings = [PromptSettings.Check],
            Bind = input =>
            {
                var file = input.PathOf(input.Given.Value(PromptSettings.Check))!;
                return _ => Task.FromResult(Compare(file, host));
            },
        },
        new VerbUse
        {
            Title = "inspect chat",
            Settings = [Model, ModelSettings.Revision, PromptSettings.User, PromptSettings.System, PromptSettings.ChatVariable, PromptSettings.BeginChats,
                MachineSettings.Json],
            Bind = input =>
            {
                var given = input.Given;
                var (model, revision) = (given.Value(Model), given.Value(ModelSettings.Revision));
                var (user, system) = (given.Value(PromptSettings.User), given.Value(PromptSettings.System));
                var variables = given.Value(PromptSettings.ChatVariable);
                var options = new PromptRendererOptions
                {
                    Templates = [new PromptTemplate(system, PromptTemplate.Placeholder)],
                    BeginsChats = given.Value(PromptSettings.BeginChats),
                };
                var json = given.Value(MachineSettings.Json);
                return model is not null && user is not null
                    ? cancellationToken => ShowAsync(model, revision, user, options, variables, json, host, cancellationToken)
                    : throw new InputException(
                        "wrong-usage",
                        "inspect chat",
                        "it takes --model with --user, or --check alone",
                        "Write for example: inspect chat --model MODEL --user \"Hello there\"");
            },
        });

    private static async Task<int> ShowAsync(
        string model,
        string? revision,
        string user,
        PromptRendererOptions options,
        IReadOnlyDictionary<string, JsonElement> variables,
        bool json,
        Host host,
        CancellationToken cancellationToken)
    {
        using var display = Displays.For(host);
        var folder = await ModelSource.OpenTokenizerAsync("--model", model, revision, host.Machine(display), cancellationToken).ConfigureAwait(false);
        var template = ChatTemplateSource.FromFolder(folder, new ChatTemplateOptions { Variables = variables });
        if (template is null)
        {
            display.Say("the model has no chat template: this is what it reads without one");
        }

        var rendered = new PromptRenderer(TokenizerSource.Open(folder), template, options).Render(new Prompt { Id = "1", Text = user });
        if (host.OutputIsTerminal && !json)
        {
            ShowText(rendered, host.Output);
        }
        else
        {
            host.Output.WriteLine(JsonSerializer.Serialize(Described(rendered), RecordJson.Line));
        }

        return ExitCode.Done;
    }

    // Characters are counted in code points, as Python does.
    private static object Described(RenderedPrompt rendered)
    {
        var codePoints = TokenInspection.CodePointsBefore(rendered.Text);
        return new
        {
            rendered.Text,
            rendered.Ids,
            Span = new[] { rendered.SpanStart, rendered.SpanEnd },
            Characters = new[] { codePoints[rendered.Characters.Start], codePoints[rendered.Characters.End] },
            Prompt = rendered.Text[rendered.Characters.Start..rendered.Characters.End],
            rendered.Missing,
        };
    }

    private static void ShowText(RenderedPrompt rendered, TextWriter output)
    {
        output.WriteLine(Visible(rendered.Text));
        output.WriteLine("---");
        output.WriteLine(
            rendered.Missing is { } missing
                ? $"{rendered.Ids.Length} tokens; none is the prompt's ({missing})"
                : $"{rendered.Ids.Length} tokens; the prompt's are {rendered.SpanStart} to {rendered.SpanEnd - 1}, counted from 0: " +
                    $"{JsonSerializer.Serialize(rendered.Text[rendered.Characters.Start..rendered.Characters.End], RecordJson.Line)}");
    }

    // A template comes from a stranger: nothing of it may steer the terminal.
    private static string Visible(string text) =>
        string.Concat(
            text.Select(character =>
                char.IsControl(character) && character is not ('\n' or '\t')
                    ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}")
                    : $"{character}"));

    private static int Compare(string path, Host host)
    {
        var result = ChatTemplateCheck.Run(path);
        foreach (var difference in result.Differences)
        {
            host.Output.WriteLine($"{difference.Template}, {difference.Conversation}: differs from character {difference.At} on");
            host.Output.WriteLine($"  expected  {Around(difference.Expected, difference.At)}");
            host.Output.WriteLine($"  found     {Around(difference.Found, difference.At)}");
        }

        host.Output.WriteLine($"{result.Cases - result.Differences.Count} of {result.Cases} cases equal");
        return result.Differences.Count > 0 ? ExitCode.SomeFailed : ExitCode.Done;
    }

    private static string Around(string text, int at)
    {
        var (start, end) = (Math.Max(0, at - ShownAround), Math.Min(text.Length, at + ShownAround));
        return $"{(start > 0 ? "… " : "")}{JsonSerializer.Serialize(text[start..end], RecordJson.Line)}{(end < text.Length ? " …" : "")}";
    }
}
