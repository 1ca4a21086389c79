namespace AlignedProbing.Hub;

/// <summary>Makes a request again where a failure may pass, with pauses that double or are those that the server asks for; not without end.</summary>
internal sealed class Patience(HubRequest request, HubOptions options)
{
    private static readonly TimeSpan LongestOwnPause = TimeSpan.FromSeconds(30);

    /// <summary>Runs an attempt until it succeeds.</summary>
    /// <param name="what">What is fetched, for the line that is said before a repetition.</param>
    /// <param name="attempt">The attempt; a <see cref="TransientFault"/> has it repeated.</param>
    /// <param name="onceWithoutConnection">Whether a connection that does not come about ends it at once.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="InputException"><c>hub-rate-limited</c>, <c>hub-unreachable</c>.</exception>
    public async Task<T> RunAsync<T>(string what, Func<CancellationToken, Task<T>> attempt, bool onceWithoutConnection, CancellationToken cancellationToken)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                return await attempt(cancellationToken).ConfigureAwait(false);
            }
            catch (TransientFault fault)
            {
                failures = fault.Progressed ? 1 : failures;
                var doubled = options.FirstPause * Math.Pow(2, Math.Min(failures - 1, 20));
                var pause = fault.RetryAfter ?? (doubled < LongestOwnPause ? doubled : LongestOwnPause);
                if (failures >= options.Attempts || pause > options.LongestPause || (fault.NoConnection && onceWithoutConnection))
                {
                    throw fault.RateLimited
                        ? HubErrors.RateLimited(request, fault.RetryAfter, options.Token is not null)
                        : HubErrors.Unreachable(request, options.Endpoint, fault.Message, fault);
                }

                request.Say?.Invoke($"{what}: {fault.Message}; trying again in {HubErrors.Duration(pause)}");
                await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
