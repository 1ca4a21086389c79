namespace AlignedProbing.Cli.Display;

/// <summary>Chooses how progress is shown.</summary>
internal static class Displays
{
    /// <summary>A bar on a terminal, plain lines elsewhere. Both go to the error stream, so that results can be piped.</summary>
    public static IDisplay For(Host host) =>
        host.IsTerminal
            ? new TerminalDisplay(host.Error, host.Time, () => Console.IsOutputRedirected && Console.IsErrorRedirected ? 100 : Console.WindowWidth)
            : new PlainDisplay(host.Error, host.Time);

    /// <summary>The same for work of many parts: off a terminal a part is one line.</summary>
    public static IDisplay ForMany(Host host) => host.IsTerminal ? For(host) : new QuietDisplay(host.Error, host.Time);
}
