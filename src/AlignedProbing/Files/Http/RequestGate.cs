namespace AlignedProbing.Files.Http;

/// <summary>
/// Lets requests through one after the other, at least an interval apart, and none while the service asked for a pause: whoever is told to wait, all wait.
/// </summary>
internal sealed class RequestGate(double requestsPerSecond, TimeProvider time)
{
    private readonly TimeSpan _interval = TimeSpan.FromSeconds(1 / requestsPerSecond);
    private readonly Lock _lock = new();
    private TimeSpan _next;

    /// <summary>Waits for this request's turn.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        TimeSpan wait;
        lock (_lock)
        {
            var now = Now();
            var turn = _next > now ? _next : now;
            _next = turn + _interval;
            wait = turn - now;
        }

        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Lets no request through for a while, and no longer than the longest pause that is tolerated.</summary>
    public void Pause(TimeSpan pause, TimeSpan longest)
    {
        pause = pause < longest ? pause : longest;
        lock (_lock)
        {
            var end = Now() + pause;
            _next = end > _next ? end : _next;
        }
    }

    private TimeSpan Now() => time.GetElapsedTime(0);
}
