using AlignedProbing.Files;
using AlignedProbing.Runs;
using AlignedProbing.Scoring;

namespace AlignedProbing.Tests.Scoring;

/// <summary>A small run folder, encoded by hand, for the tests of scoring.</summary>
internal sealed class ScoringRun : IDisposable
{
    public ScoringRun(string continuations = "sampled", int chunk = 2, params Prompt[] prompts)
    {
        Path = Directory.CreateTempSubdirectory("scoring-").FullName;
        Prompts = prompts;
        Folder = RunFolder.StartOrResume(System.IO.Path.Combine(Path, "run"), Manifest(continuations, chunk), prompts);
    }

    public string Path { get; }

    public RunFolder Folder { get; }

    public Prompt[] Prompts { get; }

    public void Encode(int chunk, params (string Id, int Number, string Text)[] continuations) =>
        AtomicWrite.Folder(Folder.EncodingFolder(chunk), folder => JsonLines.WriteFile(
            System.IO.Path.Combine(folder, "continuations.jsonl"),
            continuations.Select(c => new Continuation { PromptId = c.Id, Number = c.Number, Text = c.Text, TokenIds = [], End = ContinuationEnd.Length })));

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static Manifest Manifest(string continuations, int chunk) => new()
    {
        Model = new ModelManifest { Name = "m", Architecture = "llama", Layers = 2, Width = 4 },
        Prompts = new PromptSetManifest { Name = "p.jsonl", Sha256 = "00ff", Read = 3, Used = 3, Prompts = 3 },
        Encoding = new EncodingManifest { Continuations = continuations, Samples = 2, Chunk = chunk },
        Measurement = new MeasurementManifest { Scorers = ["length"] },
    };
}

/// <summary>
/// A scorer whose answers are easy to foretell: the number of characters over 100, and whether there is an exclamation mark, which it refuses to say of long
/// texts.
/// </summary>
internal sealed class LengthScorer : IScorer
{
    public string Name { get; init; } = "length";

    public string Version { get; init; } = "1.0";

    public IReadOnlyList<string> Attributes { get; init; } = ["size", "shouts"];

    public List<string> Seen { get; } = [];

    public Func<string, double> Size { get; init; } = text => text.Length / 100.0;

    public ValueTask<IReadOnlyList<TextScore>> ScoreAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        Seen.AddRange(texts);
        return new([.. texts.Select(Score)]);
    }

    private TextScore Score(string text) =>
        text.Length > 20
            ? new(new Dictionary<string, double> { ["size"] = Size(text) }, new Dictionary<string, string> { ["shouts"] = "too_long" })
            : new(
                new Dictionary<string, double> { ["size"] = Size(text), ["shouts"] = text.Contains('!', StringComparison.Ordinal) ? 1 : 0 },
                new Dictionary<string, string>());
}
