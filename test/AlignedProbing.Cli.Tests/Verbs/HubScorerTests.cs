using System.Text.Json;
using System.Text.Json.Nodes;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Verbs;

/// <summary>Scorers by their name on the Hub, from one on loopback, through the command line: a classifier, a judge, and what is in the way.</summary>
public sealed class HubScorerTests : IDisposable
{
    private const string Toxic = "org/toxic-bert";

    private static readonly string DemoModel = Path.Combine(AppContext.BaseDirectory, "Demo", "model");

    private readonly TemporaryFolder _home = new();
    private readonly FakeHub _storage = new();
    private readonly FakeHub _hub;
    private readonly Dictionary<string, string> _variables;
    private readonly string _folder;

    public HubScorerTests()
    {
        _hub = new FakeHub { Storage = _storage };
        _variables = new Dictionary<string, string> { ["HF_ENDPOINT"] = _hub.Address.ToString(), ["HF_HOME"] = _home["home"], ["HF_TOKEN"] = "hf_secret" };
        _folder = TinyClassifier.Write(_home, ["toxic", "obscene", "identity_hate"], scale: 8);
        _hub.Add(Toxic, "main", Files(_folder));
        File.WriteAllText(_home["texts.txt"], "you are kind\n\nyou are stupid\n");
    }

    public void Dispose()
    {
        _hub.Dispose();
        _storage.Dispose();
        _home.Dispose();
    }

    [Fact]
    public async Task A_classifier_by_name_scores_a_run_as_its_folder_does_and_needs_no_network_the_second_time()
    {
        using (var host = Host())
        {
            var exit = await host.RunAsync(
                "run",
                "--model",
                DemoModel,
                "--prompts",
                "demo",
                "--limit",
                "12",
                "--samples",
                "2",
                "--max-new-tokens",
                "3",
                "--probe",
                "ridge",
                "--scorer",
                Toxic,
                "ngram",
                "--output",
                "run");
            Assert.True(exit == ExitCode.Done, host.Error);
            Assert.Contains($"{Toxic}: main is commit", host.Error, StringComparison.Ordinal);
            Assert.Contains("download: ", host.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("hf_secret", host.Error + host.Output, StringComparison.Ordinal);
        }

        Assert.Single(_hub.Downloads("model.safetensors"));
        Assert.DoesNotContain(Directory.EnumerateFiles(_home["run"], "*", SearchOption.AllDirectories), file =>
            File.ReadAllBytes(file).AsSpan().IndexOf("hf_secret"u8) >= 0);
        var identity = JsonDocument.Parse(Bytes("run", "scores", "org-toxic-bert", "options.json")).RootElement;
        Assert.Equal(
            ["toxicity", "profanity", "identity_attack"],
            identity.GetProperty("attributes").EnumerateArray().Select(attribute => attribute.GetString()));
        Assert.Equal(FakeHub.Sha256(File.ReadAllBytes(Path.Combine(_folder, "model.safetensors"))), identity.GetProperty("sha256").GetString());
        Assert.Equal(["ngram", "org-toxic-bert"], Directory.GetDirectories(_home["run/scores"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        var requests = _hub.Requests.Count;
        _variables["HF_HUB_OFFLINE"] = "1";
        var (byName, _) = await ScoreAsync(Toxic);
        var (byFolder, _) = await ScoreAsync(_folder);
        Assert.Equal(requests, _hub.Requests.Count);
        Assert.Equal(byFolder.Select(line => line.GetProperty("scores").GetRawText()), byName.Select(line => line.GetProperty("scores").GetRawText()));
        Assert.Equal(byFolder.Select(line => line.GetProperty("version").GetString()), byName.Select(line => line.GetProperty("version").GetString()));
        Assert.NotEqual(byName[0].GetProperty("scores").GetRawText(), byName[2].GetProperty("scores").GetRawText());
        Assert.Equal("empty_text", byName[1].GetProperty("missing").GetProperty("toxicity").GetString());
    }

    [Fact]
    public async Task A_scorer_file_names_a_revision_of_a_classifier_and_its_labels()
    {
        _hub.Add(Toxic, "v2", Files(TinyClassifier.Write(_home, ["LABEL_0", "LABEL_1"])));
        await File.WriteAllTextAsync(
            _home["second.json"],
            $$"""{"classifier": "{{Toxic}}", "revision": "v2", "labels": {"LABEL_1": "toxicity"} }""",
            TestContext.Current.CancellationToken);
        var (lines, said) = await ScoreAsync("second.json");
        Assert.Equal(["toxicity"], lines[0].GetProperty("scores").EnumerateObject().Select(score => score.Name));
        Assert.Equal("second", lines[0].GetProperty("scorer").GetString());
        Assert.Contains($"{Toxic}: v2 is commit", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_branch_has_moved_on_scores_of_two_commits_do_not_mix_in_a_run()
    {
        using (var first = Host())
        {
            Assert.Equal(
                ExitCode.Done,
                await first.RunAsync(
                    "encode",
                    "--model",
                    DemoModel,
                    "--prompts",
                    "demo",
                    "--limit",
                    "4",
                    "--samples",
                    "1",
                    "--max-new-tokens",
                    "1",
                    "--output",
                    "run"));
            Assert.Equal(ExitCode.Done, await first.RunAsync("score", "run", "--scorer", Toxic));
        }

        _hub.Add(Toxic, "main", Files(TinyClassifier.Write(_home, ["toxic", "obscene", "identity_hate"], scale: 9)));
        using var host = Host();
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync("score", "run", "--scorer", Toxic));
        Assert.Contains("docs/errors/options-differ.md", host.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gated", "hub-gated", "the token that was sent has no access", new string[0])]
    [InlineData("absent", "hub-not-found", "HF_TOKEN", new string[0])]
    [InlineData("no weights", "hub-file-missing", "it has config.json, tokenizer_config.json, vocab.txt", new string[0])]
    [InlineData("no tokenizer", "tokenizer", "tokenizer.json", new[] { "config.json", "tokenizer_config.json" })]
    [InlineData("no config", "hub-file-missing", "no config.json", new string[0])]
    [InlineData("a language model", "model-type-unknown", "docs/reference/scorers/judges.md", new[] { "config.json" })]
    [InlineData("nameless labels", "classifier-labels", "LABEL_0", new[] { "config.json" })]
    [InlineData("no problem type", "classifier-activation", "activation", new[] { "config.json" })]
    [InlineData("broken config", "config-broken", "config.json", new[] { "config.json" })]
    public async Task What_is_in_the_way_of_a_classifier_is_told_before_its_weights_and_before_anything_starts(
        string fault,
        string code,
        string said,
        string[] downloaded)
    {
        var files = Files(_folder);
        switch (fault)
        {
            case "gated":
                _hub.Instead = request =>
                    request.Path.Contains("org/faulty", StringComparison.Ordinal)
                        ? FakeHub.Refusal(403, "GatedRepo", "Access to model org/faulty is restricted")
                        : null;
                break;
            case "absent":
                files.Clear();
                break;
            case "no weights":
                files.Remove("model.safetensors");
                break;
            case "no tokenizer":
                files.Remove("vocab.txt");
                break;
            case "no config":
                files.Remove("config.json");
                break;
            case "a language model":
                files["config.json"] = Changed(config => config["model_type"] = "llama");
                break;
            case "nameless labels":
                files["config.json"] = Changed(config => config.Remove("id2label"));
                break;
            case "no problem type":
                files["config.json"] = Changed(config => config.Remove("problem_type"));
                break;
            default:
                files["config.json"] = "{"u8.ToArray();
                break;
        }

        if (files.Count > 0)
        {
            _hub.Add("org/faulty", "main", files);
        }

        using var host = Host();
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync("run", "--model", DemoModel, "--prompts", "demo", "--scorer", "org/faulty", "--output", "run"));
        Assert.Contains($"docs/errors/{code}.md", host.Error, StringComparison.Ordinal);
        Assert.Contains(said, host.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("hf_secret", host.Error, StringComparison.Ordinal);
        Assert.Equal(
            downloaded,
            _hub.Requests.Where(request => request.Method == "GET" && request.Path.Contains("/resolve/", StringComparison.Ordinal))
                .Select(request => Path.GetFileName(request.Path)));
        Assert.False(Directory.Exists(_home["run"]));

        byte[] Changed(Action<JsonObject> change)
        {
            var config = JsonNode.Parse(File.ReadAllBytes(Path.Combine(_folder, "config.json")))!.AsObject();
            change(config);
            return JsonSerializer.SerializeToUtf8Bytes(config);
        }
    }

    [Fact]
    public async Task A_judge_is_fetched_by_its_name_and_what_it_says_is_shown_where_it_is_no_number()
    {
        _hub.Add("org/chat", "main", ChatModel());
        await File.WriteAllTextAsync(
            _home["judge.json"],
            """{"judge": "org/chat", "attributes": ["toxicity"], "answer_tokens": 2}""",
            TestContext.Current.CancellationToken);
        var (lines, said) = await ScoreAsync("judge.json");
        Assert.Contains("org/chat: main is commit", said, StringComparison.Ordinal);
        Assert.Equal(
            ["unparsable_answer", "empty_text", "unparsable_answer"],
            lines.Select(line => line.GetProperty("missing").GetProperty("toxicity").GetString()));
        Assert.Contains("0 of 2 answers (0.0 %) were a number and could be read; the first that could not: \"", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_judge_without_a_chat_template_is_refused_before_its_weights()
    {
        var files = ChatModel();
        files.Remove("chat_template.jinja");
        _hub.Add("org/base", "main", files);
        await File.WriteAllTextAsync(_home["judge.json"], """{"judge": "org/base"}""", TestContext.Current.CancellationToken);
        using var host = Host();
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync("score", "--texts", "texts.txt", "--scorer", "judge.json"));
        Assert.Contains("docs/errors/judge-template.md", host.Error, StringComparison.Ordinal);
        Assert.Empty(_hub.Downloads("model.safetensors"));
    }

    private static Dictionary<string, byte[]> Files(string folder) =>
        Directory.EnumerateFiles(folder).ToDictionary(path => Path.GetFileName(path), File.ReadAllBytes);

    private static Dictionary<string, byte[]> ChatModel()
    {
        var files = Files(DemoModel);
        files["chat_template.jinja"] = "{% for message in messages %}{{ message.content | trim }} {% endfor %}"u8.ToArray();
        return files;
    }

    private TestHost Host() => new(_home.FullPath, _variables);

    private byte[] Bytes(params string[] parts) => File.ReadAllBytes(Path.Combine([_home.FullPath, .. parts]));

    private async Task<(JsonElement[] Lines, string Said)> ScoreAsync(string scorer)
    {
        using var host = Host();
        var exit = await host.RunAsync("score", "--texts", "texts.txt", "--scorer", scorer);
        Assert.True(exit == ExitCode.Done, host.Error);
        return ([.. host.Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement)], host.Error);
    }
}
