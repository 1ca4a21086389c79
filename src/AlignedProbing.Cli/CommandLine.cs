using System.CommandLine;
using System.CommandLine.Help;
using AlignedProbing.Cli.Completion;
using AlignedProbing.Cli.Display;
using AlignedProbing.Cli.Options;
using AlignedProbing.Cli.Verbs;
using AlignedProbing.Settings;

namespace AlignedProbing.Cli;

/// <summary>The command <c>aligned-probing</c>: its verbs, its errors, its exit codes.</summary>
internal static class CommandLine
{
    private const string Purpose =
        "What a language model does (how toxic are its continuations), what it knows (how strongly its hidden states encode toxicity, layer by layer), and " +
        "how the two go together.";

    /// <summary>Runs one command line.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] arguments, Host host, CancellationToken cancellationToken)
    {
        host = host with { Output = new CleanWriter(host.Output), Styled = host.Styled ?? host.Output, Error = new MessageWriter(host.Error, host.Command) };
        try
        {
            if (arguments is [Completions.Asked, .. var words])
            {
                foreach (var candidate in Completions.Of(Build(host), words))
                {
                    host.Output.WriteLine(candidate);
                }

                return ExitCode.Done;
            }

            // "--explain CODE" is what other tools have.
            arguments = arguments is ["--explain", .. var code] ? [ExplainVerb.Name, .. code] : arguments;
            var withFile = host with { Variable = EnvironmentFile.Over(host.Variable, host.WorkingFolder) };
            var root = Build(withFile);
            IReadOnlyList<string> spelled = [.. arguments.Select(SettingCatalog.Spell)];
            var verb = VerbOf(root, spelled);
            var parsed = root.Parse(ConfigFile.Expand(spelled, verb.Options, host.WorkingFolder));
            if (parsed.Errors.Count > 0 && parsed.Action is not (HelpWithExamples or ShowVersion))
            {
                return WrongUsage(parsed, verb, host.Error);
            }

            var configuration = new InvocationConfiguration
            {
                Output = host.Output,
                Error = host.Error,
                EnableDefaultExceptionHandler = false,
                // Its own handler begins to listen only once an action yields; ours listens from the start.
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(configuration, cancellationToken).ConfigureAwait(false);
        }
        // The last resort: whatever it is, one message and a documented code.
        catch (Exception error)
        {
            return LastResort.Tell(error, host.Error);
        }
    }

    /// <summary>The command tree.</summary>
    public static RootCommand Build(Host host)
    {
        var root = new RootCommand(Purpose);
        foreach (
            var verb in new[]
            {
                DoctorVerb.Create(host),
                PlanVerb.Create(host),
                RunVerb.Create(host),
                EncodeVerb.Create(host),
                ScoreVerb.Create(host),
                CompareScorersVerb.Create(host),
                ProbeVerb.Create(host),
                AnalyseVerb.Create(host),
                ReportVerb.Create(host),
                SubmitVerb.Create(host),
                CompareVerb.Create(host),
                InterveneVerb.Create(host),
                StatusVerb.Create(host),
                ListVerb.Create(host),
                InterplayVerb.Create(host),
                StudyVerb.Create(host),
                VerifyVerb.Create(host),
                InspectVerb.Create(host),
                ExplainVerb.Create(host),
                CompletionVerb.Create(host),
            })
        {
            root.Subcommands.Add(verb);
        }

        var help = root.Options.OfType<HelpOption>().Single();
        var action = new HelpWithExamples((HelpAction)help.Action!, host.Command);
        help.Action = action;
        root.Options.OfType<VersionOption>().Single().Action = new ShowVersion();
        // Without a verb there is nothing to do but to say what there is.
        root.SetAction(parsed =>
        {
            action.Invoke(parsed);
            return ExitCode.WrongInput;
        });

        return root;
    }

    private static Command VerbOf(RootCommand root, IReadOnlyList<string> arguments)
    {
        Command command = root;
        foreach (var argument in arguments.TakeWhile(argument => !argument.StartsWith('-')))
        {
            if (command.Subcommands.FirstOrDefault(verb => verb.Name == argument) is not { } next)
            {
                break;
            }

            command = next;
        }

        return command;
    }

    private static int WrongUsage(ParseResult parsed, Command verb, TextWriter error)
    {
        var names = verb.Options.Select(option => option.Name).Concat(verb.Subcommands.Select(sub => sub.Name)).ToArray();
        var wrong = parsed.UnmatchedTokens.Where(token => token.StartsWith('-') || verb.Subcommands.Count > 0).Distinct().ToArray();
        foreach (var token in wrong)
        {
            var nearest = Nearest.To(token.Split('=')[0], names);
            error.WriteLine(
                $"aligned-probing: there is no {(token.StartsWith('-') ? "option" : "verb")} '{token}' " +
                $"here{(nearest is null ? "" : $"; did you mean '{nearest}'?")}");
        }

        if (wrong.Length == 0)
        {
            foreach (var fault in parsed.Errors)
            {
                error.WriteLine($"aligned-probing: {fault.Message}");
            }
        }

        error.WriteLine($"'aligned-probing {(verb is RootCommand ? "" : verb.Name + " ")}--help' lists what there is.");
        return ExitCode.WrongInput;
    }
}
