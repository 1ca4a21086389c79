using System.Text.Json;
using AlignedProbing.Torch.Running;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Verbs;

/// <summary>Models after <c>--scorer</c>: a classifier's folder, and files that describe a scorer.</summary>
public sealed class ModelScorerTests : IDisposable
{
    private readonly TemporaryFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("ngram", "ngram")]
    [InlineData("unitary/unbiased-toxic-roberta", "unitary-unbiased-toxic-roberta")]
    [InlineData("models/Toxic_BERT", "models-toxic_bert")]
    [InlineData("./models/Toxic BERT/", "toxic-bert")]
    [InlineData("/data/models/toxic-bert", "toxic-bert")]
    [InlineData("scorers/My Judge.json", "my-judge")]
    [InlineData("judge.JSON", "judge")]
    [InlineData("perplexity:gpt2", "perplexity-gpt2")]
    [InlineData("perplexity:/data/models/Qwen2.5", "perplexity-qwen2.5")]
    [InlineData("perplexity:org/Model", "perplexity-org-model")]
    public void A_scorer_is_called_after_what_was_asked_for(string asked, string name) => Assert.Equal(name, ScorerSource.NameOf(asked));

    [Fact]
    public async Task A_classifiers_folder_scores_texts_and_so_does_a_file_that_says_more()
    {
        var folder = TinyClassifier.Write(_home, ["toxic", "obscene"]);
        await File.WriteAllTextAsync(
            _home["mine.json"],
            $$"""{"classifier": "{{Path.GetFileName(folder)}}", "labels": {"obscene": "rude", "toxic": null} }""",
            TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            _home["texts.txt"],
            "you are kind\n\n" + string.Join(' ', Enumerable.Repeat("you are", 10)) + "\n",
            TestContext.Current.CancellationToken);

        var (lines, said) = await ScoreAsync(Path.GetFileName(folder));
        Assert.Equal(["toxicity", "profanity"], lines[0].GetProperty("scores").EnumerateObject().Select(score => score.Name));
        Assert.Equal("empty_text", lines[1].GetProperty("missing").GetProperty("toxicity").GetString());
        Assert.Equal(6, lines[2].GetProperty("tokens_cut").GetInt32());
        Assert.Equal(Path.GetFileName(folder), lines[0].GetProperty("scorer").GetString());
        Assert.Contains("1 of 2 texts were longer than 16 tokens and cut", said, StringComparison.Ordinal);

        var (others, _) = await ScoreAsync("mine.json");
        Assert.Equal(["rude"], others[0].GetProperty("scores").EnumerateObject().Select(score => score.Name));
        Assert.Equal(lines[0].GetProperty("scores").GetProperty("profanity").GetDouble(), others[0].GetProperty("scores").GetProperty("rude").GetDouble());
        Assert.Equal("mine", others[0].GetProperty("scorer").GetString());
    }

    [Theory]
    [InlineData("""{"classifier": "nowhere"}""", "config-missing")]
    [InlineData("""{"judge": "m", "endpoint": "http://localhost:1/v1", "key": "MY_KEY"}""", "judge-key")]
    [InlineData("""{"perplexity": "./nowhere"}""", "config-missing")]
    [InlineData("""{"judge": "m", "endpoint": "localhost"}""", "scorer-file")]
    [InlineData("""{"judge": "m", "endpoint": "http://localhost:1/v1", "rubric": "none.json"}""", "judge-rubric")]
    [InlineData("""{"judge": "m", "endpoint": "http://localhost:1/v1", "attributes": ["humour"]}""", "unknown-attribute")]
    [InlineData("""{}""", "scorer-file")]
    public async Task A_scorer_file_that_cannot_be_used_is_told_before_anything_starts(string text, string code)
    {
        await File.WriteAllTextAsync(_home["mine.json"], text, TestContext.Current.CancellationToken);
        using var host = new TestHost(_home.FullPath);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync("run", "--output", "run", "--scorer", "mine.json"));
        Assert.Contains($"docs/errors/{code}.md", host.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_home["run"]));
    }

    [Fact]
    public async Task Another_models_perplexity_stands_beside_the_runs_own_in_scores_findings_and_summary()
    {
        Directory.CreateDirectory(_home["reader"]);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Demo", "model")))
        {
            File.Copy(file, _home[Path.Combine("reader", Path.GetFileName(file))]);
        }

        using var host = new TestHost(_home.FullPath);
        Assert.Equal(
            ExitCode.Done,
            await host.RunAsync(
                "run",
                "--limit",
                "6",
                "--samples",
                "2",
                "--max-new-tokens",
                "5",
                "--probe",
                "ridge",
                "--layers",
                "0",
                "--scorer",
                "ngram",
                "perplexity:reader",
                "--output",
                "run"));
        var rows = (await File.ReadAllLinesAsync(_home["run/scores/perplexity-reader/00000.jsonl"], TestContext.Current.CancellationToken))
            .Select(line => JsonDocument.Parse(line).RootElement)
            .ToArray();
        Assert.Equal(18, rows.Length);
        Assert.All(rows.Where(row => row.GetProperty("scores").EnumerateObject().Any()), row => Assert.True(row.GetProperty("tokens").GetInt32() > 0));
        var behavior = await File.ReadAllLinesAsync(_home["run/behavior.csv"], TestContext.Current.CancellationToken);
        Assert.Contains(behavior, line => line.StartsWith("texts,perplexity,all,corpus,", StringComparison.Ordinal));
        Assert.Contains(behavior, line => line.StartsWith("perplexity-reader,perplexity,all,corpus,", StringComparison.Ordinal));
        Assert.DoesNotContain(behavior, line =>
            line.StartsWith("perplexity-reader,", StringComparison.Ordinal)
            && (
                line.Contains(",EMT,", StringComparison.Ordinal)
                || line.Contains(",TP,", StringComparison.Ordinal)
                || line.Contains(",TC", StringComparison.Ordinal)));
        Assert.Contains("the model itself", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_without_a_chat_template_does_not_judge()
    {
        var demo = Path.Combine(AppContext.BaseDirectory, "Demo", "model");
        await File.WriteAllTextAsync(_home["mine.json"], JsonSerializer.Serialize(new { judge = demo }), TestContext.Current.CancellationToken);
        using var host = new TestHost(_home.FullPath);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync("score", "--texts", "texts.txt", "--scorer", "mine.json"));
        Assert.Contains("docs/errors/judge-template.md", host.Error, StringComparison.Ordinal);
    }

    private async Task<(JsonElement[] Lines, string Said)> ScoreAsync(string scorer)
    {
        using var host = new TestHost(_home.FullPath);
        var code = await host.RunAsync("score", "--texts", "texts.txt", "--scorer", scorer);
        Assert.True(code == ExitCode.Done, host.Error);
        return ([.. host.Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement)], host.Error);
    }
}
