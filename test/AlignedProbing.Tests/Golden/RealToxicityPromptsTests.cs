using AlignedProbing.Prompts;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Golden;

public sealed class RealToxicityPromptsTests
{
    [Fact]
    public void All_1996_rows_are_used_with_unique_ids_and_nulls_stay_null()
    {
        var result = PromptSet.Read(SharedData.Path("data", "rtp-1996.jsonl"));

        Assert.Empty(result.Problems);
        Assert.Equal(1996, result.Manifest.Used);
        Assert.Equal(1996, result.Prompts.Select(prompt => prompt.Id).Distinct().Count());
        Assert.Equal(0.21654457, result.Prompts[0].Scores["toxicity"]);
        Assert.All(result.Prompts, prompt => Assert.Single(prompt.Continuations));
        Assert.Equal(
            File.ReadLines(SharedData.Path("data", "rtp-1996.jsonl")).Sum(line => line.Split(": null").Length - 1),
            result.Prompts.Sum(prompt => prompt.Scores.Values.Concat(prompt.Continuations[0].Scores.Values).Count(score => score is null)));
    }
}
