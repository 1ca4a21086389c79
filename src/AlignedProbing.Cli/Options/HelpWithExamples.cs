using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using AlignedProbing.Cli.Verbs;

namespace AlignedProbing.Cli.Options;

/// <summary>Help, and below it examples that can be pasted.</summary>
internal sealed class HelpWithExamples(HelpAction inner, string typed) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    // Some verbs of a study are called as verbs of a run are.
    private static string NameOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { Name: "study" } parent ? $"{parent.Name} {command.Name}" : command.Name;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        if (parseResult.CommandResult.Command is VerbCommand verb)
        {
            HelpText.Write(verb, typed, parseResult.InvocationConfiguration.Output);
        }
        else
        {
            inner.Invoke(parseResult);
        }

        if (Examples.Of(NameOf(parseResult.CommandResult.Command)) is { Count: > 0 } examples)
        {
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var (command, purpose) in examples)
            {
                output.WriteLine($"  {TypedCommand.In(command, typed)}\n      {purpose}");
            }

            output.WriteLine();
        }

        if (parseResult.CommandResult.Command is RootCommand)
        {
            parseResult.InvocationConfiguration.Output.WriteLine(
                $"Exit codes:\n  {ExitCode.Done} done, {ExitCode.SomeFailed} some units, a service or the disk failed and all others are done, " +
                $"{ExitCode.WrongInput} wrong usage or input, {ExitCode.Fault} a fault of the program, {ExitCode.Interrupted} interrupted " +
                "(docs/guide/automation.md)\n");
        }

        return ExitCode.Done;
    }
}
