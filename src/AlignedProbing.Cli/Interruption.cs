using System.Diagnostics;
using System.Runtime.InteropServices;

namespace AlignedProbing.Cli;

/// <summary>
/// Turns Ctrl-C, SIGTERM and SIGHUP into a request to stop: units in flight are dropped, files being written are finished. What does not stop within
/// <see cref="Patience"/> (reading a pipe that says nothing, a file without an end) is not waited for: files appear complete or not at all. A second signal
/// ends the process at once. In a task of a cluster, SIGTERM says that there is some time left: the first one lets the unit in work be finished.
/// </summary>
internal sealed class Interruption : IDisposable
{
    /// <summary>How long a request to stop is waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Once = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _source = new();
    private readonly CancellationTokenSource _stop = new();
    private long _told;
    private Timer? _timer;
    private readonly PosixSignalRegistration[] _registrations;

    /// <param name="isTask">Whether the process runs in a task of a cluster.</param>
    public Interruption(bool isTask) => _registrations =
    [
        .. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            if (isTask && signal == PosixSignal.SIGTERM && !_stop.IsCancellationRequested)
            {
                context.Cancel = true;
                _told = Stopwatch.GetTimestamp();
                _stop.Cancel();
                return;
            }

            // Clusters tell a task's script and its processes, and the script tells its process again.
            if (isTask && signal == PosixSignal.SIGTERM && Stopwatch.GetElapsedTime(_told) < Once)
            {
                context.Cancel = true;
                return;
            }

            context.Cancel = !_source.IsCancellationRequested;
            _timer ??= new Timer(_ => Insist?.Invoke(), null, Patience, Timeout.InfiniteTimeSpan);
            _source.Cancel();
        })),
    ];

    /// <summary>Ends the process: called where it goes on after the time it had.</summary>
    public Action? Insist { get; set; }

    /// <summary>Cancelled at the first SIGTERM in a task of a cluster: no further unit is begun.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Cancelled at the first signal otherwise.</summary>
    public CancellationToken Token => _source.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.ForEach(_registrations, registration => registration.Dispose());
        _timer?.Dispose();
        _source.Dispose();
        _stop.Dispose();
    }
}
