using System.Text;
using AlignedProbing.Runs;
using AlignedProbing.Scoring;
using AlignedProbing.Scoring.Recorded;

namespace AlignedProbing.Tests.Scoring;

/// <summary>What a scorer left out of a text that is too long stands beside the score, wherever the score goes.</summary>
public sealed class TokensCutTests : IDisposable
{
    private static readonly Prompt[] Prompts = [new Prompt { Id = "a", Text = "short" }, new Prompt { Id = "b", Text = "a much longer text" }];

    private readonly string _cache = Directory.CreateTempSubdirectory("tokens-cut-").FullName;

    public void Dispose() => Directory.Delete(_cache, recursive: true);

    [Fact]
    public async Task In_a_run_also_where_the_answer_comes_from_the_cache()
    {
        for (var asked = 2; asked >= 0; asked -= 2)
        {
            using var run = new ScoringRun(prompts: Prompts);
            run.Encode(0);
            using var scorer = new CachedScorer(new CuttingScorer(), ScoreCache.Open(_cache, ScorerIdentity.Of(new CuttingScorer())));
            await ScoringStage.RunAsync(run.Folder, scorer, new ScoringOptions(), null, TestContext.Current.CancellationToken);
            Assert.Equal(asked, scorer.Asked);
            Assert.Equal([null, 8], run.Folder.ReadScores("cutting", 0).Select(row => row.TokensCut));
        }
    }

    [Fact]
    public async Task In_the_lines_of_a_file_of_texts()
    {
        using var input = new MemoryStream("short\na much longer text\n"u8.ToArray());
        using var output = new MemoryStream();
        await TextFileScorer.RunAsync(new CuttingScorer(), input, output, new TextFileOptions(), null, TestContext.Current.CancellationToken);
        var lines = Encoding.UTF8.GetString(output.ToArray()).Split('\n');
        Assert.DoesNotContain("tokens_cut", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"tokens_cut\":8,", lines[1], StringComparison.Ordinal);
    }

    private sealed class CuttingScorer : IScorer
    {
        public string Name => "cutting";

        public string Version => "1";

        public IReadOnlyList<string> Attributes => ["size"];

        public ValueTask<IReadOnlyList<TextScore>> ScoreAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken) =>
            new([
                .. texts.Select(text => new TextScore(new Dictionary<string, double> { ["size"] = 0.5 }, new Dictionary<string, string>())
                {
                    TokensCut = Math.Max(0, text.Length - 10),
                }),
            ]);
    }
}
