namespace AlignedProbing.Runs.Units;

/// <summary>The prompts of a run by id: every file of a chunk holds its prompts in their order, and no others.</summary>
internal sealed class PromptOrder
{
    private readonly Dictionary<string, int> _positions;
    private readonly IReadOnlyList<string> _ids;
    private readonly int _chunk;

    /// <param name="prompts">The prompts, in order.</param>
    /// <param name="chunk">Prompts in a chunk.</param>
    /// <param name="path">Where they were read, for errors.</param>
    /// <exception cref="InputException">Two of them have one id.</exception>
    public PromptOrder(IReadOnlyList<Prompt> prompts, int chunk, string path)
    {
        (_ids, _chunk) = ([.. prompts.Select(prompt => prompt.Id)], chunk);
        _positions = new Dictionary<string, int>(prompts.Count, StringComparer.Ordinal);
        foreach (var (position, id) in _ids.Index())
        {
            if (!_positions.TryAdd(id, position))
            {
                throw DamagedFile.Of(path, $"two prompts have the id '{id}'");
            }
        }
    }

    /// <summary>Checks a chunk's lines: one for each of its prompts, in order.</summary>
    /// <exception cref="InputException">A prompt is missing, is there twice, belongs elsewhere or stands elsewhere.</exception>
    public void CheckAll(IReadOnlyList<string> ids, int chunk, string path)
    {
        string[] expected = [.. _ids.Skip(chunk * _chunk).Take(_chunk)];
        for (var line = 0; line < Math.Max(ids.Count, expected.Length); line++)
        {
            if (line >= ids.Count || line >= expected.Length || ids[line] != expected[line])
            {
                throw DamagedFile.Of(
                    path,
                    $"its line {line + 1} {(line < ids.Count ? $"is of the prompt '{ids[line]}'" : "is missing")}, " +
                    $"and prompts.jsonl has {(line < expected.Length ? $"'{expected[line]}'" : "no more prompts in this chunk")} there");
            }
        }
    }

    /// <summary>Checks lines of texts: by prompt in order, within a prompt by number, none twice; some may be missing.</summary>
    /// <param name="texts">The prompt's id and the continuation's number (null: the prompt itself), line by line.</param>
    /// <param name="chunk">The chunk.</param>
    /// <param name="path">The file, for errors.</param>
    /// <exception cref="InputException">A line belongs to another chunk or to no prompt, stands elsewhere or is there twice.</exception>
    public void CheckTexts(IEnumerable<(string PromptId, int? Number)> texts, int chunk, string path)
    {
        var last = (Position: -1, Number: -2);
        var line = 0;
        foreach (var (id, number) in texts)
        {
            line++;
            if (!_positions.TryGetValue(id, out var position) || position / _chunk != chunk)
            {
                throw DamagedFile.Of(path, $"its line {line} is of the prompt '{id}', which prompts.jsonl does not have in this chunk");
            }

            var here = (position, number ?? -1);
            if (here.CompareTo(last) <= 0)
            {
                var text = number is null ? $"the prompt '{id}'" : $"continuation {number} of the prompt '{id}'";
                throw DamagedFile.Of(path, here == last ? $"{text} is there twice" : $"{text} stands out of order in line {line}");
            }

            last = here;
        }
    }
}
