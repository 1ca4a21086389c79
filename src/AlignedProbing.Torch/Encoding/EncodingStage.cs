using AlignedProbing.Torch.Generation;
using AlignedProbing.Prompts;
using AlignedProbing.Runs;
using AlignedProbing.Tokenizers;
using AlignedProbing.Torch.Models;
using TorchSharp;

namespace AlignedProbing.Torch.Encoding;

/// <summary>What prompts are run through.</summary>
public sealed record EncodingInputs
{
    /// <summary>The model; it stays the caller's.</summary>
    public required CausalModel Model { get; init; }

    /// <summary>Its tokenizer.</summary>
    public required Tokenizer Tokenizer { get; init; }

    /// <summary>Puts prompts into their template and, where asked, into the chat template.</summary>
    public required PromptRenderer Renderer { get; init; }

    /// <summary>The ids that end a text.</summary>
    public required GenerationSettings Generation { get; init; }
}

/// <summary>
/// The encode stage: runs a run's prompts through a model, continues them or reads their given continuations, and pools hidden states on the fly into
/// <c>encodings/00012</c>. Results depend on the manifest, the model and the processor's kind of arithmetic, never on batch size, threads, order, sharding or
/// resuming.
/// </summary>
public static class EncodingStage
{
    /// <summary>Encodes the chunks that are not there yet.</summary>
    /// <param name="run">The run.</param>
    /// <param name="inputs">What prompts are run through.</param>
    /// <param name="options">Batch size, share, threads.</param>
    /// <param name="progress">Told the number of continuations done.</param>
    /// <param name="cancellationToken">Stops between two passes of the model: finished chunks are kept, the one in flight is dropped.</param>
    /// <returns>What was done. A chunk that fails is listed; the others are done.</returns>
    /// <exception cref="InputException">The options or the manifest ask for what is not possible.</exception>
    /// <exception cref="OperationCanceledException">Asked for.</exception>
    public static StageResult Run(
        RunFolder run,
        EncodingInputs inputs,
        EncodingStageOptions options,
        IProgress<StageProgress>? progress,
        CancellationToken cancellationToken
    ) => Run(run, inputs, options, progress, times: null, cancellationToken);

    /// <summary>Encodes the chunks that are not there yet, and adds up where the time goes.</summary>
    /// <param name="run">The run.</param>
    /// <param name="inputs">What prompts are run through.</param>
    /// <param name="options">Batch size, share, threads.</param>
    /// <param name="progress">Told the number of continuations done.</param>
    /// <param name="times">Gets the time of each part of the forward passes; null: not asked.</param>
    /// <param name="cancellationToken">Stops between two passes of the model.</param>
    public static StageResult Run(
        RunFolder run,
        EncodingInputs inputs,
        EncodingStageOptions options,
        IProgress<StageProgress>? progress,
        PartTimes? times,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(options);
        var (manifest, prompts) = (run.ReadManifest(), run.ReadPrompts());
        var asked = manifest.Encoding;
        options.Validate(asked, prompts);
        var given = asked.Continuations == "given";
        return OnThreads(options, () => new PreparedStage(run, inputs.Model, options, inputs.Generation.EndOfText.ToHashSet(), inputs.Model.Device).Run(
            manifest,
            prompts,
            prompt => given ? prompt.Continuations.Count : asked.Samples,
            prompt => Prepare(prompt, inputs, given),
            (prompt, continuation) => inputs.Tokenizer.DecodeContinuation(prompt, [.. continuation], skipSpecialTokens: true),
            progress,
            times,
            cancellationToken));
    }

    /// <summary>
    /// Encodes the run's prompts again for a control task, into <c>encodings.&lt;control&gt;</c>: the parent's own ids are teacher-forced, continuations
    /// included, so that its labels stay those of these vectors. For <c>permutation</c> the words of each prompt are shuffled first and tokenized anew.
    /// </summary>
    /// <param name="run">The run; its own encodings must be there.</param>
    /// <param name="control">Which control task, with its seed; for <c>random_weights</c> the model in <paramref name="inputs"/> must be one of random weights
    /// of that seed.</param>
    /// <param name="inputs">What prompts are run through.</param>
    /// <param name="options">Batch size, share, threads.</param>
    /// <param name="progress">Told the number of continuations done.</param>
    /// <param name="cancellationToken">Stops between two passes of the model.</param>
    /// <exception cref="InputException">There is no such control; chunks of the run's own encodings are missing; or the control's folder was made with another
    /// seed.</exception>
    public static StageResult RunControl(
        RunFolder run,
        ControlEncoding control,
        EncodingInputs inputs,
        EncodingStageOptions options,
        IProgress<StageProgress>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(control);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(options);
        var (manifest, prompts) = (run.ReadManifest(), run.ReadPrompts());
        var asked = manifest.Encoding;
        options.Validate(asked, prompts);
        var parent = ParentTokens.Of(run, control, prompts, asked);
        var target = run.WithEncodingsOf(control.Control);
        RunFolder.StartOrResumeStage(target.EncodingsFolder, control);
        return OnThreads(options, () =>
            new PreparedStage(target, inputs.Model, options, inputs.Generation.EndOfText.ToHashSet(), inputs.Model.Device).Run(
                manifest,
                prompts,
                _ => asked.Keep.Max() + 1,
                prompt =>
                    parent.Prepare(
                        prompt,
                        control.Control == ControlEncoding.Permutation
                            ? inputs.Renderer.Render(prompt with { Text = WordShuffle.Of(prompt.Text, control.Seed, prompt.Id) })
                            : null),
                (_, _) => "",
                progress,
                null,
                cancellationToken));
    }

    /// <summary>Continues the prompts of a run again with its model edited, into a run derived from it: the same token ids and random streams.</summary>
    /// <param name="run">The run; its own encodings must be there.</param>
    /// <param name="derived">The derived run.</param>
    /// <param name="editor">Edits the model.</param>
    /// <param name="inputs">The run's model, and its tokenizer.</param>
    /// <param name="options">Batch size, share, threads.</param>
    /// <param name="progress">Told the number of continuations done.</param>
    /// <param name="cancellationToken">Stops between two passes of the model.</param>
    /// <exception cref="InputException">Chunks of the run's own encodings are missing.</exception>
    public static StageResult RunEdited(
        RunFolder run,
        RunFolder derived,
        ISiteEditor editor,
        EncodingInputs inputs,
        EncodingStageOptions options,
        IProgress<StageProgress>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(derived);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(options);
        var (manifest, prompts) = (derived.ReadManifest(), derived.ReadPrompts());
        options.Validate(manifest.Encoding, prompts);
        var parent = ParentTokens.OfEdited(run, prompts, manifest.Encoding);
        var stage = new PreparedStage(derived, inputs.Model, options, inputs.Generation.EndOfText.ToHashSet(), inputs.Model.Device, editor);
        return OnThreads(options, () => stage.Run(
            manifest,
            prompts,
            _ => manifest.Encoding.Samples,
            parent.PrepareAgain,
            (prompt, continuation) => inputs.Tokenizer.DecodeContinuation(prompt, [.. continuation], skipSpecialTokens: true),
            progress,
            null,
            cancellationToken));
    }

    private static StageResult OnThreads(EncodingStageOptions options, Func<StageResult> run)
    {
        var threads = torch.get_num_threads();
        try
        {
            torch.set_num_threads(options.Threads ?? threads);
            return run();
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }

    private static PreparedPrompt Prepare(Prompt prompt, EncodingInputs inputs, bool given)
    {
        var rendered = inputs.Renderer.Render(prompt);
        return new PreparedPrompt(
            prompt.Id,
            rendered.Ids,
            rendered.SpanStart,
            rendered.SpanEnd,
            given
                ?
                [
                    .. prompt.Continuations.Select(continuation => new PreparedContinuation(
                        continuation.Text,
                        ContinuationTokens.Of(continuation.Text, inputs.Tokenizer))),
                ]
                : null,
            rendered.Missing);
    }
}
