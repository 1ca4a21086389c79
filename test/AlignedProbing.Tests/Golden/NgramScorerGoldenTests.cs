using System.Globalization;
using System.Text.Json;
using AlignedProbing.Scoring.Ngram;
using AlignedProbing.Statistics;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Golden;

public class NgramScorerGoldenTests
{
    // What ridge regression on n-grams reaches out of fold on the same texts (toxicity, severe_toxicity, ...): the built-in scorer is to be better.
    private static readonly double[] Ridge = [.82, .84, .84, .80, .71, .82, .77];

    [Fact]
    public async Task Scores_of_the_texts_it_learnt_from_are_perspectives_nearly()
    {
        var (texts, truth) = (new List<string>(), new List<Dictionary<string, double?>>());
        foreach (var line in File.ReadLines(SharedData.Path("data", "rtp-1996.jsonl")).Take(500))
        {
            using var document = JsonDocument.Parse(line);
            foreach (var side in new[] { "prompt", "continuation" })
            {
                var item = document.RootElement.GetProperty(side);
                texts.Add(item.GetProperty("text").GetString()!);
                truth.Add(
                    new NgramScorer().Attributes.ToDictionary(
                        name => name,
                        name => item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : (double?)null));
            }
        }

        var scores = await new NgramScorer().ScoreAsync(texts, TestContext.Current.CancellationToken);

        foreach (var attribute in new NgramScorer().Attributes)
        {
            var both = Enumerable.Range(0, scores.Count).Where(i => scores[i].Scores.ContainsKey(attribute) && truth[i][attribute] is not null).ToArray();
            var r = Pearson.Of(Array.ConvertAll(both, i => scores[i].Scores[attribute]), Array.ConvertAll(both, i => truth[i][attribute]!.Value)).Value!.Value;
            Assert.True(both.Length > 950, attribute);
            Assert.True(r is > 0.85 and < 0.995, $"{attribute}: {r}");
        }
    }

    [Fact]
    public void The_cards_out_of_fold_figures_are_better_than_ridge_regressions()
    {
        var lines = File.ReadAllLines(Path.Combine(SharedData.RepositoryRoot, "docs", "reference", "scorers", "ngram.md"));
        var attributes = new NgramScorer().Attributes;

        for (var i = 0; i < attributes.Count; i++)
        {
            var row = lines.First(line => line.StartsWith($"| {attributes[i]} |", StringComparison.Ordinal)).Split('|');
            var r = double.Parse(row[4].Trim().Split(' ')[0], CultureInfo.InvariantCulture);
            Assert.True(r > Ridge[i], $"{attributes[i]}: {r}");
        }
    }
}
