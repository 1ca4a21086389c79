using System.Diagnostics;

namespace AlignedProbing.Benchmarks;

/// <summary>The shortest of several runs: what the machine can do when nothing else disturbs it.</summary>
internal static class BestTime
{
    /// <summary>Seconds of the best run of each action, run in turn so that a disturbance hits all alike.</summary>
    public static double[] Of(int runs, params ReadOnlySpan<Action> actions)
    {
        var best = new double[actions.Length];
        Array.Fill(best, double.PositiveInfinity);

        // The first two rounds compile and fill caches.
        for (var run = -2; run < runs; run++)
        {
            for (var i = 0; i < actions.Length; i++)
            {
                var start = Stopwatch.GetTimestamp();
                actions[i]();
                var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                best[i] = run < 0 ? best[i] : Math.Min(best[i], seconds);
            }
        }

        return best;
    }
}
