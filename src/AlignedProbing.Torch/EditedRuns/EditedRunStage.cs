using AlignedProbing.Files;
using AlignedProbing.Runs;
using AlignedProbing.Runs.Interventions;
using AlignedProbing.Torch.Encoding;
using AlignedProbing.Torch.Interventions;

namespace AlignedProbing.Torch.EditedRuns;

/// <summary>
/// Runs a finished run's prompts through its model edited: the same token ids, chunks and random streams, into <c>interventions/&lt;name&gt;</c>; and measures
/// what the edits did to the model's distributions. What is there is not done again.
/// </summary>
/// <param name="run">The unedited run; its own encodings must be there.</param>
/// <param name="inputs">The run's model, unedited, and its tokenizer.</param>
/// <param name="options">Batch size, share, threads.</param>
/// <param name="progress">Told the number of continuations done.</param>
internal sealed class EditedRunStage(RunFolder run, EncodingInputs inputs, EncodingStageOptions options, IProgress<StageProgress>? progress)
{
    private readonly int _chunks = RunFolder.ChunkCount(run.ReadPrompts().Count, run.ReadManifest().Encoding.Chunk);

    /// <summary>Measures edits on the run's texts.</summary>
    public DamageMeasure Damage { get; } = new(run, inputs);

    /// <summary>Encodes the chunks of one intervention that are not there yet, and measures its damage.</summary>
    /// <param name="edited">The intervention.</param>
    /// <param name="perplexities">Whether perplexities are measured beside KL.</param>
    /// <param name="cancellationToken">Stops between two passes of the model; finished chunks are kept.</param>
    /// <returns>The derived run, and what was done. A chunk that fails, as where logits are not finite, is listed; the others are done.</returns>
    /// <exception cref="InputException">The edits cannot be applied; the run is not complete; the folder holds other edits.</exception>
    public (RunFolder Derived, StageResult Result) Run(EditedRun edited, bool perplexities, CancellationToken cancellationToken)
    {
        using var intervention = new Intervention(inputs.Model, edited.Edits);
        var derived = DerivedRuns.StartOrResume(run, edited.Name, edited.Described);
        if (edited.Direction is { } direction && !File.Exists(DerivedRuns.DirectionPath(derived)))
        {
            AtomicWrite.File(DerivedRuns.DirectionPath(derived), stream => NpyFile.Write(stream, direction.Unit, direction.Width));
        }

        var encoded = Enumerable.Range(0, _chunks).Where(options.Shard.Holds).All(derived.HasEncoding)
            ? new StageResult(0, _chunks, [])
            : EncodingStage.RunEdited(run, derived, intervention, inputs, options, progress, cancellationToken);
        foreach (var chunk in Enumerable.Range(0, _chunks).Where(options.Shard.Holds).Where(derived.HasEncoding))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Damage.Measure(derived.FullPath, derived, chunk, intervention, perplexities, cancellationToken);
        }

        return (derived, encoded with { Failed = [.. encoded.Failed.Select(failure => Named(failure, edited))] });
    }

    /// <summary>Measures the perplexities of the unedited run's own texts, which edited ones stand beside.</summary>
    public void MeasureUnedited(CancellationToken cancellationToken)
    {
        using var nothing = new Intervention(inputs.Model, []);
        foreach (var chunk in Enumerable.Range(0, _chunks).Where(options.Shard.Holds))
        {
            Damage.Measure(DerivedRuns.FolderOf(run), run, chunk, nothing, perplexities: true, cancellationToken);
        }
    }

    private static UnitFailure Named(UnitFailure failure, EditedRun edited) => failure with
    {
        Unit = $"interventions/{edited.Name}/{failure.Unit}",
        Message = $"{failure.Message.TrimEnd('.')} (edited after layer {string.Join(" and ", edited.Described.Select(edit => Layers(edit.Layers)))})",
    };

    private static string Layers(IReadOnlyList<int>? layers) => layers is null ? "1 and all that follow" : EditedRun.LayersText(layers);
}
