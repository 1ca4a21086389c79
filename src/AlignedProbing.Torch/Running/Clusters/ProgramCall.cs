using System.ComponentModel;
using System.Diagnostics;

namespace AlignedProbing.Torch.Running.Clusters;

/// <summary>What another program of the machine said.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Output">What it wrote to standard output, without the last line end.</param>
/// <param name="Error">What it wrote to standard error, likewise.</param>
public sealed record ProgramCall(int Code, string Output, string Error)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Calls a program and waits for it.</summary>
    /// <param name="name">Its name on the path, or its path.</param>
    /// <param name="arguments">What it is given.</param>
    /// <param name="cancellationToken">Ends the waiting, and the program.</param>
    /// <returns>Null where there is no such program.</returns>
    public static async Task<ProgramCall?> RunAsync(string name, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(name, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            },
        };
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            return null;
        }

        process.StandardInput.Close();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(patience.Token), process.StandardError.ReadToEndAsync(patience.Token));
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
            return new ProgramCall(process.ExitCode, (await output.ConfigureAwait(false)).TrimEnd(), (await error.ConfigureAwait(false)).TrimEnd());
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ProgramCall(-1, "", $"{name} said nothing within {Patience.TotalSeconds:0} s");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    /// <summary>What it said, in one line.</summary>
    public string Words => string.Join("; ", $"{Error}\n{Output}".Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
}
