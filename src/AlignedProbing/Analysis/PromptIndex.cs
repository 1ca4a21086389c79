using AlignedProbing.Runs;

namespace AlignedProbing.Analysis;

/// <summary>The prompts of a run by id, and how many continuations each should have.</summary>
internal sealed class PromptIndex
{
    private readonly Dictionary<string, int> _positions;

    public PromptIndex(Manifest manifest, IReadOnlyList<Prompt> prompts)
    {
        (Manifest, Prompts) = (manifest, prompts);
        _positions = new Dictionary<string, int>(prompts.Count, StringComparer.Ordinal);
        for (var i = 0; i < prompts.Count; i++)
        {
            if (!_positions.TryAdd(prompts[i].Id, i))
            {
                throw Broken($"two prompts have the id '{prompts[i].Id}'", "prompts.jsonl");
            }
        }

        Expected = [.. prompts.Select(prompt => ScoreTable.ExpectedOf(manifest.Encoding, prompt))];
    }

    public Manifest Manifest { get; }

    public IReadOnlyList<Prompt> Prompts { get; }

    public int Count => Prompts.Count;

    /// <summary>Continuations each prompt should have.</summary>
    public IReadOnlyList<int> Expected { get; }

    /// <summary>The largest of <see cref="Expected"/>.</summary>
    public int K => Expected.Count == 0 ? 0 : Expected.Max();

    public int Chunks => RunFolder.ChunkCount(Count, Manifest.Encoding.Chunk);

    public int ChunkOf(int prompt) => prompt / Manifest.Encoding.Chunk;

    /// <summary>Where a prompt stands.</summary>
    /// <exception cref="InputException">The run has no such prompt.</exception>
    public int Position(string id, string file) =>
        _positions.TryGetValue(id, out var position) ? position : throw Broken($"it names a prompt '{id}' that the run does not have", file);

    public static InputException Broken(string found, string file) =>
        new("run-folder-broken", $"reading '{file}'", found, "Remove the file (for a chunk: its folder) and run its stage again; everything else is kept");
}
