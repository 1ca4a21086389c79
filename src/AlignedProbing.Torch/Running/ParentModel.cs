using AlignedProbing.Prompts;
using AlignedProbing.Runs;
using AlignedProbing.Torch.Encoding;
using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Weights;

namespace AlignedProbing.Torch.Running;

/// <summary>The model of a run that is there, to the byte, for runs derived from it.</summary>
internal sealed class ParentModel
{
    private readonly ModelManifest _manifest;
    private readonly ModelFolder _folder;
    private readonly AdapterFolder? _adapter;

    private ParentModel(ModelManifest manifest, ModelFolder folder, AdapterFolder? adapter)
    {
        (_manifest, _folder, _adapter) = (manifest, folder, adapter);
        Sizes = ModelCatalog.Describe(folder.FullPath).Sizes;
    }

    /// <summary>The model's sizes.</summary>
    public ModelSizes Sizes { get; }

    /// <summary>Finds the model and compares its files with the run's.</summary>
    /// <param name="manifest">The run's manifest.</param>
    /// <param name="model">A folder or a name on the Hub; null: the demo's, or the one of the run's name on the Hub.</param>
    /// <param name="adapter">The same of its adapter.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="cancellationToken">Stops a download.</param>
    /// <exception cref="InputException"><c>options-differ</c>: it is another model or adapter; <c>wrong-usage</c>: none was named.</exception>
    public static async Task<ParentModel> OpenAsync(
        Manifest manifest, string? model, string? adapter, RunMachine machine, CancellationToken cancellationToken)
    {
        var there = manifest.Model;
        var folder = await FolderAsync(manifest, model, machine, cancellationToken).ConfigureAwait(false);
        var put = adapter
            ?? (there.Adapter is null ? null
                : there.Adapter.Commit is not null ? there.Adapter.Name
                : throw Missing($"the run's adapter '{there.Adapter.Name}' was a folder, whose place is not kept", "Say --adapter FOLDER"));
        var opened = put is null ? null : await AdapterFolder.OpenAsync(put, there.Adapter?.Commit, machine, cancellationToken).ConfigureAwait(false);
        ManifestComparison.ThrowIfDifferent("the run", there.Sha256, folder.Hash(cancellationToken));
        ManifestComparison.ThrowIfDifferent(
            "the run", new AdapterFiles(there.Adapter?.Sha256), new AdapterFiles(opened?.Describe(cancellationToken).Sha256));
        return new ParentModel(there, folder, opened);
    }

    /// <summary>Loads the model; it is the caller's to dispose of.</summary>
    /// <param name="device">Where to.</param>
    public EncodingInputs Load(string device)
    {
        var tokenizer = TokenizerSource.Open(_folder.FullPath);
        return new EncodingInputs
        {
            Model = ModelCatalog.Load(_folder.FullPath, new ModelLoadOptions
            {
                Precision = PrecisionNames.Parse(_manifest.Precision),
                Device = device,
                Adapter = _adapter?.FullPath,
            }),
            Tokenizer = tokenizer,
            // Prompts are not rendered again: their ids are the run's.
            Renderer = new PromptRenderer(tokenizer, chatTemplate: null),
            Generation = GenerationSettings.FromFolder(_folder.FullPath),
        };
    }

    private static async Task<ModelFolder> FolderAsync(Manifest manifest, string? model, RunMachine machine, CancellationToken cancellationToken)
    {
        if (manifest.Demo && model is null)
        {
            return ModelFolder.Demo;
        }

        var there = manifest.Model;
        var name = model
            ?? (there.Commit is not null ? there.Name
                : throw Missing($"the run's model '{there.Name}' was a folder, whose place is not kept", "Say --model FOLDER"));
        var (revision, file) = model is null ? (there.Revision, there.File) : (null, null);
        return await ModelSource.OpenAsync(name, revision, there.Commit, machine, cancellationToken, file: file).ConfigureAwait(false);
    }

    private static InputException Missing(string found, string remedy) => new("wrong-usage", "loading the run's model", found, remedy);

    private sealed record AdapterFiles(IReadOnlyDictionary<string, string>? Adapter);
}
