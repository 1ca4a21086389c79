using AlignedProbing.Torch.Running;

namespace AlignedProbing.Cli;

/// <summary>What the command touches of the machine it runs on; tests give it their own.</summary>
internal sealed record Host
{
    /// <summary>Results go here.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>The terminal beneath <see cref="Output"/>, for tables with colours whose cells are clean already; null where it is the same.</summary>
    public TextWriter? Styled { get; init; }

    /// <summary>Opens <see cref="Output"/> as bytes, for results of any size.</summary>
    public required Func<Stream> OpenOutput { get; init; }

    /// <summary>Progress and errors go here, so that results can be piped.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Whether a person watches <see cref="Error"/>.</summary>
    public required bool IsTerminal { get; init; }

    /// <summary>Whether a person reads <see cref="Output"/>.</summary>
    public required bool OutputIsTerminal { get; init; }

    /// <summary>Environment variables.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>The folder relative paths start from.</summary>
    public required string WorkingFolder { get; init; }

    /// <summary>The command as it has to be typed here.</summary>
    public string Command { get; init; } = TypedCommand.Name;

    /// <summary>Ends the work before the next unit; never unless stated.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What a run touches of it.</summary>
    /// <param name="log">Hears of progress.</param>
    public RunMachine Machine(IRunLog log) => new() { WorkingFolder = WorkingFolder, Variable = Variable, Log = log, Stop = Stop };

    /// <summary>Whether colours are wanted: a terminal, and no NO_COLOR (no-color.org).</summary>
    public bool Colour => OutputIsTerminal && string.IsNullOrEmpty(Variable("NO_COLOR"));

    /// <summary>The machine the process runs on.</summary>
    public static Host System() => Of(Folder());

    private static Host Of(string workingFolder) => new()
    {
        Output = StandardStreams.OutputText(),
        Styled = Console.Out,
        OpenOutput = StandardStreams.Output,
        Error = StandardStreams.Error(),
        IsTerminal = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb",
        OutputIsTerminal = !Console.IsOutputRedirected,
        Variable = Environment.GetEnvironmentVariable,
        WorkingFolder = workingFolder,
        Command = TypedCommand.Of(Environment.ProcessPath, workingFolder, Environment.GetEnvironmentVariable),
    };

    private static string Folder()
    {
        try
        {
            return Directory.GetCurrentDirectory();
        }
        catch (IOException error)
        {
            throw new InputException(
                "working-folder",
                "starting in the working folder",
                "it was removed or cannot be read",
                "Change into a folder that is there, and run the command again",
                error);
        }
    }
}
