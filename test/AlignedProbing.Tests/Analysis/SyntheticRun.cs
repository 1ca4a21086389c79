using AlignedProbing.Analysis;
using AlignedProbing.Files;
using AlignedProbing.Numerics;
using AlignedProbing.Runs;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Analysis;

/// <summary>A run folder written by hand: what stages would have left, as small as a test needs it.</summary>
internal sealed class SyntheticRun : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SyntheticRun(IReadOnlyList<Prompt> prompts, Func<Manifest, Manifest>? change = null, int samples = 2, int chunk = 2, int layers = 3)
    {
        var manifest = SampleRun.Manifest();
        manifest = manifest with
        {
            Model = manifest.Model with { Layers = layers },
            Prompts = manifest.Prompts with { Read = prompts.Count, Used = prompts.Count, Prompts = prompts.Count },
            Encoding = manifest.Encoding with { Samples = samples, Chunk = chunk },
        };
        Manifest = change?.Invoke(manifest) ?? manifest;
        Prompts = prompts;
        Folder = RunFolder.StartOrResume(_folder["run"], Manifest, prompts);
    }

    public RunFolder Folder { get; }

    public Manifest Manifest { get; }

    public IReadOnlyList<Prompt> Prompts { get; }

    public static Prompt[] MakePrompts(int count) => [.. Enumerable.Range(0, count).Select(i => new Prompt { Id = $"p{i}", Text = $"Prompt {i}" })];

    public static ScoredText Score(string prompt, int? number, params (string Attribute, double? Score)[] scores) => new()
    {
        PromptId = prompt,
        Number = number,
        Scores = scores.Where(pair => pair.Score is not null).ToDictionary(pair => pair.Attribute, pair => pair.Score!.Value),
        Missing = scores.Where(pair => pair.Score is null).ToDictionary(pair => pair.Attribute, _ => MissingReason.EmptyText),
        Scorer = "ngram",
        Version = "1.0",
    };

    public static Continuation Continuation(string prompt, int number, string text, int tokens, double? logProbability = -1) => new()
    {
        PromptId = prompt,
        Number = number,
        Text = text,
        TokenIds = [.. Enumerable.Range(0, tokens)],
        End = ContinuationEnd.Length,
        MeanLogProbability = tokens == 0 ? null : logProbability,
        Missing = tokens == 0 ? MissingReason.EmptyContinuation : null,
    };

    public static ProbeRun Probe(int layer, Scenario scenario, string attribute, int fold, int seed, double? r, int n = 25, int trainN = 60) => new()
    {
        Layer = layer,
        Scenario = scenario,
        Attribute = attribute,
        Fold = fold,
        Seed = seed,
        R = r,
        Mse = r is null ? null : 0.01,
        N = n,
        TrainN = trainN,
        Missing = r is null ? MissingReason.Constant : null,
    };

    public void Encode(int chunk, IReadOnlyList<Continuation> continuations, IReadOnlyDictionary<string, string>? missing = null, int spanStart = 1)
    {
        Directory.CreateDirectory(Folder.EncodingFolder(chunk));
        var size = Manifest.Encoding.Chunk;
        JsonLines.WriteFile(Path.Combine(Folder.EncodingFolder(chunk), "rows.jsonl"), Prompts.Skip(chunk * size).Take(size).Select(prompt => new EncodedPrompt
        {
            PromptId = prompt.Id,
            TokenIds = [1, 2, 3],
            SpanStart = spanStart,
            SpanEnd = 3,
            InputTokens = 3 - spanStart,
            InstructionTokens = 0,
            Missing = missing?.GetValueOrDefault(prompt.Id),
        }));
        JsonLines.WriteFile(Path.Combine(Folder.EncodingFolder(chunk), "continuations.jsonl"), continuations);
    }

    public void WriteScores(int chunk, string scorer, params ScoredText[] rows)
    {
        Directory.CreateDirectory(Folder.ScorerFolder(scorer));
        JsonLines.WriteFile(Folder.ScoresPath(scorer, chunk), rows.Select(row => row with { Scorer = scorer }));
    }

    public void WriteProbes(string probe, string scorer, int layer, params ProbeRun[] runs)
    {
        Directory.CreateDirectory(Folder.ProbeFolder(probe, scorer));
        JsonLines.WriteFile(Folder.ProbeRunsPath(probe, scorer, layer), runs);
    }

    /// <summary>A number in [0, 1) that depends on its arguments alone.</summary>
    public static double Uniform(int key, int counter)
    {
        var (a, b, _, _) = Philox.Block((ulong)key, (ulong)counter);
        return Philox.ToDouble(a, b);
    }

    public Findings Analyse(AnalysisOptions options) => AnalysisStage.Run(Folder, options, null, TestContext.Current.CancellationToken);

    public void Dispose() => _folder.Dispose();
}
