using AlignedProbing.Gguf;
using AlignedProbing.Hub;
using AlignedProbing.Torch.Models;
using AlignedProbing.Torch.Native;

namespace AlignedProbing.Torch.Running;

/// <summary>Finds what a person names: a folder of this machine, or else a model on the Hub.</summary>
internal static class ModelSource
{
    /// <summary>Opens a model; one on the Hub is downloaded unless it is in the cache, and refused before its weights where it cannot be run.</summary>
    /// <param name="model">A folder, a GGUF file, or a name on the Hub.</param>
    /// <param name="revision">Branch, tag or commit on the Hub; null for main.</param>
    /// <param name="commit">The commit to take, where a run has settled it before; null to take what the revision names now.</param>
    /// <param name="machine">The machine, whose log hears of downloads.</param>
    /// <param name="cancellationToken">Stops a download; what came is kept.</param>
    /// <param name="device">Where it is to run: asked for before a download, which may take an hour. Null to leave that for later.</param>
    /// <param name="file">A GGUF file of the repository on the Hub; null: its weights in transformers' format.</param>
    /// <exception cref="InputException">It is absent, is no model folder, or cannot be fetched.</exception>
    public static async Task<ModelFolder> OpenAsync(
        string model,
        string? revision,
        string? commit,
        RunMachine machine,
        CancellationToken cancellationToken,
        string? device = null,
        string? file = null)
    {
        if (Local(model, machine) is { } folder)
        {
            ThrowIfRevision(model, revision);
            if (file is not null)
            {
                throw new InputException(
                    "wrong-usage",
                    $"--file {file}",
                    $"'{model}' is on this machine, and only repositories on the Hub are asked for one of their files",
                    $"Give the file itself: --model {Path.Combine(model, file)}");
            }

            return GgufHeader.Is(folder) || File.Exists(Path.Combine(folder, "config.json"))
                ? new ModelFolder(folder, Path.GetFileName(folder))
                : throw new InputException(
                    "model-missing",
                    $"--model {model}",
                    "the folder has no config.json",
                    "Give a Hugging Face model folder (config.json, tokenizer.json and *.safetensors), or a GGUF file: NAME.gguf");
        }

        var found = await FetchAsync("--model", model, commit ?? revision, HubFileSet.Model, CanRun, HasTokenizer, machine, cancellationToken, file)
            .ConfigureAwait(false);
        return new ModelFolder(file is null ? found.Folder : Path.Combine(found.Folder, file), found.Name, found.Sha256)
        {
            File = file,
            Revision = commit is null ? found.Revision : revision ?? HubModels.DefaultRevision,
            Commit = found.Commit,
        };

        void CanRun(string folder)
        {
            ModelCatalog.CheckConfig(folder);
            _ = device is null ? null : TorchRuntime.Device(device);
        }
    }

    /// <summary>Finds out, without fetching weights, whether a model on the Hub can be run: its configuration and its tokenizer are looked at.</summary>
    /// <exception cref="InputException">It cannot, or cannot be fetched.</exception>
    public static Task CheckAsync(string model, string? revision, RunMachine machine, CancellationToken cancellationToken) =>
        FetchAsync("--model", model, revision, HubFileSet.Tokenizer, ModelCatalog.CheckConfig, HasTokenizer, machine, cancellationToken);

    /// <summary>The folder or file of a tokenizer that a person names; one on the Hub is downloaded unless it is in the cache, without weights.</summary>
    /// <exception cref="InputException">It is absent, or cannot be fetched.</exception>
    public static async Task<string> OpenTokenizerAsync(
        string option,
        string tokenizer,
        string? revision,
        RunMachine machine,
        CancellationToken cancellationToken)
    {
        if (Local(tokenizer, machine) is { } path)
        {
            ThrowIfRevision(tokenizer, revision);
            return path;
        }

        return (
            await FetchAsync(option, tokenizer, revision, HubFileSet.Tokenizer, checkConfig: null, HasTokenizer, machine, cancellationToken)
                .ConfigureAwait(false)
        ).Folder;
    }

    /// <summary>Finds a repository's files by its name on the Hub.</summary>
    /// <exception cref="InputException">It is no name, or cannot be fetched; and what the checks throw.</exception>
    public static async Task<HubModel> FetchAsync(
        string option,
        string name,
        string? revision,
        HubFileSet files,
        Action<string>? checkConfig,
        Action<string> checkBeforeWeights,
        RunMachine machine,
        CancellationToken cancellationToken,
        string? file = null)
    {
        if (!HubModels.IsName(name))
        {
            throw new InputException(
                "model-missing",
                $"{option} {name}",
                "there is no such folder, and it is no name of a model on the Hub either",
                "Correct the path, or write a name as on the Hub: org/model");
        }

        var request = new HubRequest(name, revision)
        {
            Files = files,
            File = file,
            CheckConfig = checkConfig,
            // A GGUF file says itself what it is.
            CheckBeforeWeights = file is null ? checkBeforeWeights : null,
            Say = machine.Log.Say,
            Progress = machine.Log,
        };
        var found = await HubModels.ResolveAsync(request, HubOptions.FromEnvironment(machine.Variable), cancellationToken).ConfigureAwait(false);
        if (found.Downloaded == 0)
        {
            machine.Log.Say($"{name}: {(found.Revision == found.Commit ? "" : $"{found.Revision} is ")}commit {found.Commit[..12]}, in the cache");
        }

        return found;
    }

    private static string? Local(string name, RunMachine machine)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(Path.Combine(machine.WorkingFolder, name)));
        return Path.Exists(path) ? path : null;
    }

    private static void ThrowIfRevision(string name, string? revision)
    {
        if (revision is not null)
        {
            throw new InputException(
                "wrong-usage",
                $"--revision {revision}",
                $"'{name}' is a folder here, and only models on the Hub have revisions",
                "Leave --revision out, or rename the folder if the model on the Hub is meant");
        }
    }

    private static void HasTokenizer(string folder) => TokenizerSource.Open(folder);
}
