using System.Collections.Concurrent;
using AlignedProbing.Prompts;
using AlignedProbing.Scoring;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Running;

/// <summary>
/// What runs of one study share: prompt sets read, models' files hashed, a model loaded, scorers with what they have answered. Each is done once. A run on its
/// own has one for itself, which keeps nothing.
/// </summary>
internal sealed class SharedWork : IDisposable
{
    private readonly ConcurrentDictionary<(string Path, PromptSetOptions Options), PromptSetResult> _prompts = new();
    private readonly ConcurrentDictionary<string, object> _found = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SharedScorer> _scorers = new(StringComparer.Ordinal);
    private string? _loadedKey;
    private CausalModel? _loaded;

    /// <summary>How often weights were loaded.</summary>
    public int Loads { get; private set; }

    /// <summary>A prompt set; read at the first call. The template changes nothing but a field of each prompt.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How it is read.</param>
    /// <param name="tell">Told what reading found, at the first call.</param>
    public PromptSetResult Prompts(string path, PromptSetOptions options, Action<PromptSetResult> tell)
    {
        var read = _prompts.GetOrAdd((Path.GetFullPath(path), options with { Template = 0 }), key =>
        {
            var found = PromptSet.Read(path, key.Options);
            tell(found);
            return found;
        });
        return options.Template == 0 ? read : read with { Prompts = [.. read.Prompts.Select(prompt => prompt with { Template = options.Template })] };
    }

    /// <summary>Something that files say; found out at the first call.</summary>
    /// <param name="key">What it is, and of which files.</param>
    /// <param name="find">Finds it out.</param>
    public T Once<T>(string key, Func<T> find)
        where T : notnull => (T)_found.GetOrAdd(key, _ => find());

    /// <summary>A check; done at the first call, and again where it failed.</summary>
    /// <param name="key">What is checked.</param>
    /// <param name="check">Checks it.</param>
    public async Task OnceAsync(string key, Func<Task> check)
    {
        if (!_found.ContainsKey(key))
        {
            await check().ConfigureAwait(false);
            _found[key] = true;
        }
    }

    /// <summary>A model; loaded where the last one asked for was another. It is this object's, which disposes of it.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="options">How it is loaded.</param>
    public CausalModel Model(string folder, ModelLoadOptions options)
    {
        var key = $"{folder}\n{options.Precision}\n{options.Device}\n{options.RandomWeights}\n{options.Adapter}";
        if (_loaded is null || _loadedKey != key)
        {
            // One model at a time: two might not fit.
            Unload();
            _loaded = ModelCatalog.Load(folder, options);
            _loadedKey = key;
            Loads++;
        }

        return _loaded;
    }

    /// <summary>A scorer; opened at the first call. It answers no text twice, and is this object's.</summary>
    /// <param name="asked">What it is called.</param>
    /// <param name="open">Opens it.</param>
    public async Task<IScorer> ScorerAsync(string asked, Func<Task<IScorer>> open)
    {
        if (!_scorers.TryGetValue(asked, out var scorer))
        {
            _scorers[asked] = scorer = new SharedScorer(await open().ConfigureAwait(false));
        }

        return scorer;
    }

    /// <summary>Gives back a model's memory.</summary>
    public void Unload()
    {
        _loaded?.Dispose();
        (_loaded, _loadedKey) = (null, null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Unload();
        foreach (var scorer in _scorers.Values)
        {
            scorer.Close();
        }

        _scorers.Clear();
    }
}
