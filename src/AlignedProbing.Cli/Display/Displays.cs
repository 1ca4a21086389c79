namespace AlignedProbing.Cli.Display;

/// <summary>Chooses how progress is shown.</summary>
internal static class Displays
{
    /// <summary>A bar on a terminal, plain lines elsewhere. Both go to the error stream, so that results can be piped.</summary>
    public static IDisplay For(Host host) =>
        host.IsTerminal
            ? new TerminalDisplay(host.Error, host.Time, () => Console.IsOutputRedirected && Console.IsErrorRedirected ? 100 : Console.WindowWidth)
            : new PlainDisplay(host.Error, host.Time);
}
