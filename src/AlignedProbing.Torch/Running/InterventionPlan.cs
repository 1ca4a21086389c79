using AlignedProbing.Runs;
using AlignedProbing.Settings;
using AlignedProbing.Torch.EditedRuns;
using AlignedProbing.Torch.Interventions;

namespace AlignedProbing.Torch.Running;

/// <summary>
/// Everything about interventions that is settled before a model is loaded: the run, its model's files, directions, layers, names. Making one writes nothing
/// but downloads into the cache.
/// </summary>
public sealed class InterventionPlan
{
    private const string DefaultAttribute = "toxicity";

    private InterventionPlan(InterventionRequest request, RunFolder run, Manifest manifest, ParentModel model) =>
        (Request, Run, Manifest, Model) = (request, run, manifest, model);

    /// <summary>What was asked.</summary>
    public InterventionRequest Request { get; }

    /// <summary>The unedited run.</summary>
    public RunFolder Run { get; }

    /// <summary>Its manifest.</summary>
    public Manifest Manifest { get; }

    /// <summary>Blocks of the model: layers 1 to this can be edited.</summary>
    public int Blocks => Model.Sizes.Blocks;

    /// <summary>The name under which edits and controls are kept together.</summary>
    public string Name { get; private init; } = "";

    /// <summary>The attribute that sentences are about.</summary>
    public string Attribute { get; private init; } = DefaultAttribute;

    /// <summary>The scorer that sentences are about, as its folder is called.</summary>
    public string Scorer { get; private init; } = "";

    /// <summary>For ablation and steering the probe by which it is said what is left inside; null: the run has none with directions.</summary>
    public string? InsideProbe { get; private init; }

    /// <summary>For bypasses the layers of each edit.</summary>
    internal IReadOnlyList<IReadOnlyList<int>> Bypassed { get; private init; } = [];

    /// <summary>For ablation and steering the direction.</summary>
    internal NamedDirection? Direction { get; private init; }

    /// <summary>For ablation and steering the layers; null: all.</summary>
    internal IReadOnlyList<int>? Layers { get; private init; }

    internal ParentModel Model { get; }

    /// <summary>Checks what was asked.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="cancellationToken">Stops a download; what came is kept.</param>
    /// <exception cref="InputException">The run is not finished, the model is another one, a layer or direction is not there.</exception>
    public static async Task<InterventionPlan> MakeAsync(InterventionRequest request, RunMachine machine, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(machine);
        request.Validate();
        var run = RunFolder.Open(Path.Combine(machine.WorkingFolder, request.Run));
        var manifest = run.ReadManifest();
        var scorer = ScorerOf(request, manifest);
        CheckRun(run, manifest, scorer);
        var asked = (request.Ablate ?? request.Steer) is { } text ? DirectionAsked.Read(text) : null;
        var direction = asked is null ? null
            : DirectionSource.Find(run, asked, request.Direction, request.Probe, scorer, machine.WorkingFolder);
        var model = await ParentModel.OpenAsync(manifest, request.Model, request.Adapter, machine, cancellationToken).ConfigureAwait(false);
        var layers = request.EveryLayer ? null : request.Layers ?? (asked is null ? null : [asked.Layer]);
        var bypassed = request.Bypass is { } bypass ? BypassedOf(bypass, layers, model.Sizes.Blocks) : [];
        Edit[] edits =
        [
            .. bypassed.Select(each => new Bypass { Layers = each, Factor = request.Damp }),
            .. direction is null ? Array.Empty<Edit>() : [new Ablate(direction.Direction) { Layers = layers }],
        ];
        Intervention.Check(model.Sizes, edits);
        return new InterventionPlan(request, run, manifest, model)
        {
            Name = NameOf(request, bypassed, direction, layers),
            Attribute = asked?.Attribute ?? AttributeOf(run, scorer),
            Scorer = scorer,
            InsideProbe = asked is null ? null : request.Probe ?? DirectionSource.ProbeOf(run, scorer),
            Bypassed = bypassed,
            Direction = direction,
            Layers = layers,
        };
    }

    private static string ScorerOf(InterventionRequest request, Manifest manifest) =>
        (request.Scorer ?? (manifest.Measurement.Scorers is [var first, ..] ? first : null)) is { } asked
            ? ScorerSource.NameOf(asked)
            : throw new InputException("wrong-usage", "intervene", "the run has no scorer", "Score it first, or name a scorer with --scorer");

    private static void CheckRun(RunFolder run, Manifest manifest, string scorer)
    {
        if (manifest.Intervention is not null)
        {
            throw new InputException("wrong-usage", $"editing '{run.FullPath}'", "it is an edited run itself", "Name the run that it was derived from");
        }

        if (manifest.Encoding.Continuations == "given")
        {
            throw new InputException(
                "wrong-usage",
                $"editing '{run.FullPath}'",
                "its continuations are given, so that an edit cannot change them",
                "Take a run of sampled continuations");
        }

        int[] chunks = [.. Enumerable.Range(0, RunFolder.ChunkCount(run.ReadPrompts().Count, manifest.Encoding.Chunk))];
        var (notEncoded, notScored) = (chunks.Count(chunk => !run.HasEncoding(chunk)), chunks.Count(chunk => !run.HasScores(scorer, chunk)));
        if (notEncoded + notScored > 0)
        {
            throw new InputException(
                "run-incomplete",
                $"editing '{run.FullPath}'",
                $"of {chunks.Length} chunks {notEncoded} are not encoded and {notScored} not scored by '{scorer}'",
                "Finish the run first: edited ones are held against it");
        }
    }

    private static IReadOnlyList<IReadOnlyList<int>> BypassedOf(string text, IReadOnlyList<int>? layers, int blocks)
    {
        if (text == "each")
        {
            return [.. (layers ?? [.. Enumerable.Range(1, blocks)]).Select(layer => (IReadOnlyList<int>)[layer])];
        }

        if (layers is not null)
        {
            throw new InputException("wrong-usage", $"--bypass {text} --layers", "layers are named twice", "Leave --layers out, or write --bypass each");
        }

        try
        {
            return [LayerList.Read(text)];
        }
        catch (FormatException error)
        {
            throw new InputException("wrong-usage", $"--bypass {text}", error.Message, "Write --bypass each, or layers: --bypass 2,7", error);
        }
    }

    private static string AttributeOf(RunFolder run, string scorer)
    {
        var attributes = run.ReadScores(scorer, 0).SelectMany(row => row.Scores.Keys.Concat(row.Missing.Keys)).Distinct().ToArray();
        return attributes.Contains(DefaultAttribute) || attributes.Length == 0 ? DefaultAttribute : attributes[0];
    }

    private static string NameOf(
        InterventionRequest request, IReadOnlyList<IReadOnlyList<int>> bypassed, NamedDirection? direction, IReadOnlyList<int>? layers)
    {
        var suffix = EditedRun.Suffix(request.Positions);
        if (direction is null)
        {
            var which = request.Bypass == "each" ? $"each{(layers is null ? "" : $"-{EditedRun.LayersText(layers)}")}" : EditedRun.LayersText(bypassed[0]);
            return $"{EditedRun.BypassName(request.Damp)}-{which}{suffix}";
        }

        var strengths = request.Steer is null ? "" : $"by{string.Concat(request.By.Select(EditedRun.Signed))}";
        return $"{(request.Ablate is null ? "steer" : "ablate")}-{direction.ShortName}-{EditedRun.LayersText(layers)}{strengths}{suffix}";
    }
}
