using AlignedProbing.Runs;
using AlignedProbing.Settings;
using AlignedProbing.Torch.EditedRuns;
using AlignedProbing.Torch.Interventions;

namespace AlignedProbing.Torch.Running;

/// <summary>What is edited of a finished run, and held against which controls: every option of <c>intervene</c>, settled.</summary>
public sealed record InterventionRequest
{
    /// <summary>The run's folder.</summary>
    public required string Run { get; init; }

    /// <summary>The run's model: a folder, or a name on the Hub; null: the demo's, or the one of its name on the Hub.</summary>
    public string? Model { get; init; }

    /// <summary>The run's adapter; null: none, or the one of its name on the Hub.</summary>
    public string? Adapter { get; init; }

    /// <summary><c>each</c>, or layers that are bypassed together: <c>2,7</c>. One of this, <see cref="Ablate"/> and <see cref="Steer"/> is given.</summary>
    public string? Bypass { get; init; }

    /// <summary>For a bypass how much of a block's contribution is left, finite; 0 bypasses it.</summary>
    public double Damp { get; init; }

    /// <summary>The direction that is removed: <c>toxicity:Input:10</c>, or a layer.</summary>
    public string? Ablate { get; init; }

    /// <summary>The direction that is steered along.</summary>
    public string? Steer { get; init; }

    /// <summary>For steering how far, in standard deviations; each is an intervention of its own.</summary>
    public IReadOnlyList<double> By { get; init; } = [-1, 1];

    /// <summary>Whether the standard deviation leaves out each prompt's first token.</summary>
    public bool SpreadWithoutFirst { get; init; }

    /// <summary>Where the direction comes from: <c>probe</c>, <c>means</c>, <c>random</c>, or a <c>.npy</c> file.</summary>
    public string Direction { get; init; } = DirectionSource.Probe;

    /// <summary>The layers that are edited, from 1; null: with <c>each</c> all, else the direction's own.</summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>Whether all layers are edited, whatever <see cref="Layers"/> says.</summary>
    public bool EveryLayer { get; init; }

    /// <summary>Which tokens are edited.</summary>
    public EditPositions Positions { get; init; }

    /// <summary>How many controls each edit is held against, from 0.</summary>
    public int Controls { get; init; } = 10;

    /// <summary>Seed of the controls.</summary>
    public int ControlSeed { get; init; }

    /// <summary>The probe whose directions are taken; null: the run's first that has some.</summary>
    public string? Probe { get; init; }

    /// <summary>The scorer on whose labels, and whose scores sentences are about; null: the run's first.</summary>
    public string? Scorer { get; init; }

    /// <summary>Where tensors live.</summary>
    public DeviceName Device { get; init; }

    /// <summary>Prompts run together; null to choose.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Threads; null for all cores.</summary>
    public int? Threads { get; init; }

    /// <summary>This machine's share of the chunks.</summary>
    public Shard Shard { get; init; } = Shard.All;

    /// <summary>Checks what was asked.</summary>
    /// <exception cref="InputException"><c>wrong-usage</c>; every fault is named.</exception>
    public void Validate()
    {
        var faults = new SettingFaults();
        faults.Require(
            new[] { Bypass, Ablate, Steer }.Count(kind => kind is not null) == 1,
            "give one of --bypass, --ablate and --steer: one command is about one kind of edit");
        faults.Require(double.IsFinite(Damp), $"--damp {Damp}: give a finite number");
        faults.Require(By.Count > 0 && By.All(double.IsFinite), "--by: give finite numbers, for example -2,-1,1,2");
        faults.Require(Controls is >= 0 and <= 1000, $"--controls {Controls}: give 0 to 1000");
        faults.ThrowIfAny();
    }
}
