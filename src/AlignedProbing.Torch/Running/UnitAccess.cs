using AlignedProbing.Runs;
using AlignedProbing.Runs.Tracking;
using AlignedProbing.Runs.Units;

namespace AlignedProbing.Torch.Running;

/// <summary>How the units of a run are come by: the tracker that the environment names, and what ends the work between two units.</summary>
internal sealed class UnitAccess : IDisposable
{
    private readonly RedisTracker? _tracker;

    private UnitAccess(RedisTracker? tracker, RunMachine machine) =>
        (_tracker, Control) = (tracker, new UnitControl { Stop = machine.Stop, Tracker = tracker });

    /// <summary>What stages are given.</summary>
    public UnitControl Control { get; }

    /// <summary>Opens it. Nothing is connected to where <c>REDIS_SERVER</c> is not set.</summary>
    /// <param name="run">The run.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="claimFor">How long a claim holds; null: nothing is claimed.</param>
    /// <exception cref="InputException">Units are to be claimed, and no Redis is named.</exception>
    public static UnitAccess Open(RunFolder run, RunMachine machine, TimeSpan? claimFor)
    {
        var options = RedisOptions.From(machine.Variable);
        if (options is null && claimFor is not null)
        {
            throw new InputException(
                "wrong-usage",
                "--claim",
                "no Redis is named, and claims are kept there",
                "Set REDIS_SERVER (docs/guide/tracking.md), or share the work with --shard I/N");
        }

        return new UnitAccess(options is null ? null : new RedisTracker(options, run, claimFor, machine.Log.Say), machine);
    }

    /// <inheritdoc/>
    public void Dispose() => _tracker?.Dispose();
}
