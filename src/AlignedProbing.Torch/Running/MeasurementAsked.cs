using AlignedProbing.Runs;
using AlignedProbing.Settings;

namespace AlignedProbing.Torch.Running;

/// <summary>What is to be scored and probed, as it was typed.</summary>
public sealed record MeasurementAsked
{
    /// <summary>Who scores.</summary>
    public required Asked<IReadOnlyList<string>?> Scorers { get; init; }

    /// <summary>Whose scores prompts have.</summary>
    public required Asked<string> PromptScores { get; init; }

    /// <summary>The probes.</summary>
    public required Asked<IReadOnlyList<string>> Probes { get; init; }

    /// <summary>The layers; null for all.</summary>
    public required Asked<IReadOnlyList<int>?> Layers { get; init; }

    /// <summary>The attributes; null for all.</summary>
    public required Asked<IReadOnlyList<string>?> Attributes { get; init; }

    /// <summary>The control tasks.</summary>
    public required Asked<IReadOnlyList<string>> Controls { get; init; }

    /// <summary>Units of hidden layers.</summary>
    public required Asked<int> HiddenUnits { get; init; }

    /// <summary>Whether features are standardised.</summary>
    public required Asked<bool> Standardise { get; init; }

    /// <summary>Whether labels are coded online.</summary>
    public required Asked<bool> OnlineCoding { get; init; }

    /// <summary>Whether duplicates stay within one fold.</summary>
    public required Asked<bool> GroupDuplicates { get; init; }

    /// <summary>The continuations; null for all that were kept.</summary>
    public required Asked<IReadOnlyList<int>?> Continuations { get; init; }

    /// <summary>What Backward predicts.</summary>
    public required Asked<string> Backward { get; init; }

    /// <summary>The options of scoring.</summary>
    public static IReadOnlyList<Setting> OfScoring { get; } = [ScoringSettings.Scorer, ScoringSettings.PromptScores];

    /// <summary>The options of probing.</summary>
    public static IReadOnlyList<Setting> OfProbing { get; } =
    [
        ProbeSettings.Probe, ProbeSettings.Layers, ProbeSettings.Attributes, ProbeSettings.Control, ProbeSettings.HiddenUnits, ProbeSettings.Standardise,
        ProbeSettings.OnlineCoding, ProbeSettings.GroupDuplicates, ProbeSettings.ProbeContinuations, ProbeSettings.Backward,
    ];

    /// <summary>Takes them from a command line.</summary>
    public static MeasurementAsked From(GivenSettings given)
    {
        ArgumentNullException.ThrowIfNull(given);
        return new MeasurementAsked
        {
            Scorers = given.Of(ScoringSettings.Scorer),
            PromptScores = given.Of(ScoringSettings.PromptScores),
            Probes = given.Of(ProbeSettings.Probe),
            Layers = given.Of(ProbeSettings.Layers),
            Attributes = given.Of(ProbeSettings.Attributes),
            Controls = given.Of(ProbeSettings.Control),
            HiddenUnits = given.Of(ProbeSettings.HiddenUnits),
            Standardise = given.Of(ProbeSettings.Standardise),
            OnlineCoding = given.Of(ProbeSettings.OnlineCoding),
            GroupDuplicates = given.Of(ProbeSettings.GroupDuplicates),
            Continuations = given.Of(ProbeSettings.ProbeContinuations),
            Backward = given.Of(ProbeSettings.Backward),
        };
    }

    /// <summary>All of it as if it had been typed, for programs.</summary>
    public static MeasurementAsked Of(MeasurementManifest measurement)
    {
        ArgumentNullException.ThrowIfNull(measurement);
        return new MeasurementAsked
        {
            Scorers = Given<IReadOnlyList<string>?>(measurement.Scorers),
            PromptScores = Given(measurement.PromptScores),
            Probes = Given(measurement.Probes),
            Layers = Given(measurement.Layers),
            Attributes = Given(measurement.Attributes),
            Controls = Given(measurement.Controls),
            HiddenUnits = Given(measurement.HiddenUnits),
            Standardise = Given(measurement.Standardise),
            OnlineCoding = Given(measurement.OnlineCoding),
            GroupDuplicates = Given(measurement.GroupDuplicates),
            Continuations = Given<IReadOnlyList<int>?>(measurement.ProbedContinuations),
            Backward = Given(measurement.Backward),
        };

        static Asked<T> Given<T>(T value) => new(true, value, value);
    }

    /// <summary>Takes those of scoring from a command line that has no others.</summary>
    public static MeasurementAsked ScoringFrom(GivenSettings given)
    {
        ArgumentNullException.ThrowIfNull(given);
        return From(GivenSettings.Parse([])) with { Scorers = given.Of(ScoringSettings.Scorer), PromptScores = given.Of(ScoringSettings.PromptScores) };
    }

    /// <summary>Whether a scorer was named.</summary>
    public bool Names(string scorer) => Scorers.Value?.Contains(scorer) == true;

    /// <summary>What is measured: what was given, over what the run's stages were asked before, over the declarations.</summary>
    /// <param name="stored">What they were asked; null for nothing.</param>
    /// <param name="encoding">How the run is encoded.</param>
    public MeasurementManifest Over(MeasurementManifest? stored, EncodingManifest encoding)
    {
        ArgumentNullException.ThrowIfNull(encoding);
        return new MeasurementManifest
        {
            Scorers = Scorers.Over(stored, there => there.Scorers) ?? [encoding.Continuations == "given" ? "given" : "ngram"],
            PromptScores = PromptScores.Over(stored, there => there.PromptScores),
            Probes = Probes.Over(stored, there => there.Probes),
            Layers = Layers.Over(stored, there => there.Layers),
            Attributes = Attributes.Over(stored, there => there.Attributes),
            Pooling = stored?.Pooling ?? encoding.Pooling[0],
            Controls = Controls.Over(stored, there => there.Controls),
            HiddenUnits = HiddenUnits.Over(stored, there => there.HiddenUnits),
            Standardise = Standardise.Over(stored, there => there.Standardise),
            OnlineCoding = OnlineCoding.Over(stored, there => there.OnlineCoding),
            GroupDuplicates = GroupDuplicates.Over(stored, there => there.GroupDuplicates),
            ProbedContinuations = Continuations.Over(stored, there => there.ProbedContinuations) ?? encoding.Keep,
            Backward = Backward.Over(stored, there => there.Backward),
        };
    }
}
