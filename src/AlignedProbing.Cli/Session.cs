using System.Globalization;
using AlignedProbing.Cli.Display;
using AlignedProbing.Torch.Running.Clusters;

namespace AlignedProbing.Cli;

/// <summary>One process of the command: its culture, its signals, and what is told of an error that nothing else caught.</summary>
internal static class Session
{
    /// <summary>Runs the command line of the process.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        // Numbers are read and written the same way on every machine.
        CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;
        var errors = new MessageWriter(StandardStreams.Error());
        using var interruption = new Interruption(ArrayTask.IsOne(Environment.GetEnvironmentVariable))
        {
            Insist = () => Leave(new OperationCanceledException(), errors),
        };
        AppDomain.CurrentDomain.UnhandledException += (_, thrown) => Leave((Exception)thrown.ExceptionObject, errors);
        try
        {
            return await CommandLine.RunAsync(arguments, Host.System() with { Stop = interruption.Stop }, interruption.Token).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            return LastResort.Tell(error, errors);
        }
    }

    private static void Leave(Exception error, MessageWriter errors)
    {
        var code = LastResort.Tell(error, errors);
#pragma warning disable RS0030 // The last resort, on a thread from which no code can be returned: finished units are on disk.
        Environment.Exit(code);
#pragma warning restore RS0030
    }
}
