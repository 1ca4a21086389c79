using System.Runtime.InteropServices;

namespace AlignedProbing.Cli;

/// <summary>
/// Turns Ctrl-C, SIGTERM and SIGHUP into a request to stop: units in flight are dropped, files being written are finished. What does not stop within
/// <see cref="Patience"/> (reading a pipe that says nothing, a file without an end) is not waited for: files appear complete or not at all. A second signal
/// ends the process at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    /// <summary>How long a request to stop is waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _source = new();
    private Timer? _timer;
    private readonly PosixSignalRegistration[] _registrations;

    public Interruption() => _registrations =
    [
        .. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = !_source.IsCancellationRequested;
            _timer ??= new Timer(_ => Insist?.Invoke(), null, Patience, Timeout.InfiniteTimeSpan);
            _source.Cancel();
        })),
    ];

    /// <summary>Ends the process: called where it goes on after the time it had.</summary>
    public Action? Insist { get; set; }

    /// <summary>Cancelled at the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.ForEach(_registrations, registration => registration.Dispose());
        _timer?.Dispose();
        _source.Dispose();
    }
}
