using System.CommandLine;
using System.CommandLine.Invocation;
using AlignedProbing.Cli.Display;
using AlignedProbing.Cli.Options;
using AlignedProbing.Cli.Pipeline;
using AlignedProbing.Runs;

namespace AlignedProbing.Cli.Verbs;

/// <summary>What the verbs that work on an existing run folder share: they take it as an argument or as <c>--output</c>, lock it, and show progress.</summary>
internal static class StageVerb
{
    /// <summary>Creates such a verb.</summary>
    /// <param name="host">The machine.</param>
    /// <param name="name">The verb.</param>
    /// <param name="description">What it does.</param>
    /// <param name="options">Its own options.</param>
    /// <param name="act">Does it, and returns an <see cref="ExitCode"/>.</param>
    public static Command Create(Host host, string name, string description, IEnumerable<Option> options, Func<ParseResult, RunFolder, Stages, Task<int>> act)
    {
        var command = new Command(name, description);
        command.Arguments.Add(CommonOptions.Run);
        foreach (var option in options.Concat(CommonOptions.OfEveryStage))
        {
            command.Options.Add(option);
        }

        command.SetAction(async (parsed, cancellationToken) =>
        {
            var run = RunFolder.Open(PathOf(parsed, host));
            using var display = Displays.For(host);
            using var runLock = RunLock.Take(run, RunSettings.ShardOf(parsed));
            return await act(parsed, run, new Stages(host, display, cancellationToken)).ConfigureAwait(false);
        });
        return command;
    }

    /// <summary>Makes a verb do something else where its options say so: without a run folder.</summary>
    public static Command OrElse(Command command, Func<ParseResult, bool> applies, Func<ParseResult, CancellationToken, Task<int>> act)
    {
        var onRun = (AsynchronousCommandLineAction)command.Action!;
        command.SetAction((parsed, cancellationToken) => applies(parsed) ? act(parsed, cancellationToken) : onRun.InvokeAsync(parsed, cancellationToken));
        return command;
    }

    private static string PathOf(ParseResult parsed, Host host)
    {
        var path = parsed.GetValue(CommonOptions.Run)
            ?? parsed.GetValue(CommonOptions.Output)
            ?? throw new InputException(
                "wrong-usage",
                parsed.CommandResult.Command.Name,
                "no run folder was named",
                $"Write for example: aligned-probing {parsed.CommandResult.Command.Name} my-run");
        return Path.Combine(host.WorkingFolder, path);
    }
}
