using System.Buffers.Binary;
using System.Text.Json;
using AlignedProbing.Files;
using AlignedProbing.Runs;

namespace AlignedProbing.Scoring.Recorded;

/// <summary>
/// What one scorer has answered before, by text: <c>scores/&lt;scorer&gt;/&lt;identity&gt;/</c> below a cache folder. Texts are kept as hashes. Another
/// version, other weights or other attributes are another identity, hence another folder. Its files are files of scores as <see cref="RecordedScorer"/> reads
/// them, one a process that added anything, so that processes never write into the same one; a line that a killed process left unfinished is passed over.
/// </summary>
public sealed class ScoreCache : IDisposable
{
    private readonly string _folder;
    private readonly IReadOnlyList<string> _attributes;
    private readonly Dictionary<UInt128, (double[] Scores, string?[]? Reasons, int TokensCut, int? Tokens)> _answers = [];
    private FileStream? _added;

    private ScoreCache(string folder, IReadOnlyList<string> attributes) => (_folder, _attributes) = (folder, attributes);

    /// <summary>Texts with an answer.</summary>
    public int Count => _answers.Count;

    /// <summary>Opens the cache of a scorer; makes it where it is absent.</summary>
    /// <param name="root">The folder that holds the caches of all scorers.</param>
    /// <param name="identity">The scorer.</param>
    public static ScoreCache Open(string root, ScorerIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        var key = TextHash.Of(JsonSerializer.Serialize(identity, RecordJson.Line));
        var folder = Path.Combine(root, "scores", identity.Name, key[..16]);
        RunFolder.StartOrResumeStage(folder, identity);
        var cache = new ScoreCache(folder, identity.Attributes);
        foreach (var file in Directory.EnumerateFiles(folder, "*.jsonl").Order(StringComparer.Ordinal))
        {
            cache.Read(file);
        }

        return cache;
    }

    /// <summary>The answer to a text; null where there is none.</summary>
    /// <param name="hash">Its <see cref="TextHash"/>.</param>
    public TextScore? Find(string hash)
    {
        if (!_answers.TryGetValue(KeyOf(hash), out var answer))
        {
            return null;
        }

        var (scores, missing) = (new Dictionary<string, double>(_attributes.Count), new Dictionary<string, string>());
        for (var i = 0; i < _attributes.Count; i++)
        {
            if (double.IsNaN(answer.Scores[i]))
            {
                missing[_attributes[i]] = answer.Reasons![i]!;
            }
            else
            {
                scores[_attributes[i]] = answer.Scores[i];
            }
        }

        return new TextScore(scores, missing) { TokensCut = answer.TokensCut, Tokens = answer.Tokens };
    }

    /// <summary>
    /// Keeps an answer where it is whole: a score in [0, 1] or a reason for every attribute. Anything else is not kept, so that the scorer is asked again.
    /// </summary>
    public void Add(string hash, TextScore answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        if (Take(hash, answer.Scores, answer.Missing, answer.TokensCut, answer.Tokens))
        {
            _added ??= new FileStream(Path.Combine(_folder, $"{Guid.NewGuid():n}.jsonl"), FileMode.CreateNew, FileAccess.Write, FileShare.Read);
            JsonLines.Write(
                _added,
                [
                    new Line
                    {
                        TextSha256 = hash,
                        Scores = answer.Scores,
                        Missing = answer.Missing,
                        TokensCut = answer.TokensCut > 0 ? answer.TokensCut : null,
                        Tokens = answer.Tokens,
                    },
                ]);
        }
    }

    /// <summary>Hands what was added to the operating system, so that it outlives this process.</summary>
    public void Flush() => _added?.Flush();

    /// <inheritdoc/>
    public void Dispose() => _added?.Dispose();

    private static UInt128 KeyOf(string hash) => BinaryPrimitives.ReadUInt128BigEndian(Convert.FromHexString(hash));

    private void Read(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var lines = new LineReader(stream, Array.MaxLength);
        while (lines.TryRead(out var bytes))
        {
            try
            {
                if (ForeignJson.Record<Line>(bytes, RecordJson.Line) is { } line)
                {
                    Take(line.TextSha256, line.Scores, line.Missing, line.TokensCut ?? 0, line.Tokens);
                }
            }
            catch (Exception error) when (error is JsonException or FormatException or ArgumentException)
            {
                // What a killed process left unfinished is scored again: a cache loses time, never a study.
            }
        }
    }

    private bool Take(string hash, IReadOnlyDictionary<string, double> given, IReadOnlyDictionary<string, string> missing, int tokensCut, int? tokens)
    {
        var scores = new double[_attributes.Count];
        string?[]? reasons = null;
        for (var i = 0; i < scores.Length; i++)
        {
            if (given.TryGetValue(_attributes[i], out var score) && score is >= 0 and <= 1)
            {
                scores[i] = score;
            }
            else if (!given.ContainsKey(_attributes[i]) && missing.TryGetValue(_attributes[i], out var reason))
            {
                (reasons ??= new string?[scores.Length])[i] = string.Intern(reason);
                scores[i] = double.NaN;
            }
            else
            {
                return false;
            }
        }

        return _answers.TryAdd(KeyOf(hash), (scores, reasons, tokensCut, tokens));
    }

    private sealed record Line
    {
        public required string TextSha256 { get; init; }

        public required IReadOnlyDictionary<string, double> Scores { get; init; }

        public IReadOnlyDictionary<string, string> Missing { get; init; } = new Dictionary<string, string>();

        public int? TokensCut { get; init; }

        public int? Tokens { get; init; }
    }
}
