using System.Text.Json.Nodes;
using AlignedProbing.Settings;
using AlignedProbing.Studies;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Studies;

/// <summary>Study files: what becomes of lists, what runs are called, and what is told of keys and values that cannot be used.</summary>
public sealed class StudyFileTests
{
    private const string Whole =
        """
        name: detoxification
        prompts: rtp.jsonl
        limit: 400
        scorers: [ngram]
        samples: 5
        models:
          - { model: allenai/OLMo-2-0425-1B, family: OLMo, kind: pre-trained }
          - { model: allenai/OLMo-2-0425-1B-Instruct, family: OLMo, kind: instruction-tuned, base: allenai/OLMo-2-0425-1B }
          - { model: HuggingFaceTB/SmolLM2-135M-Instruct, family: SmolLM, precision: [full, eight_bit], template: [0, 3] }
          - { model: EleutherAI/pythia-160m, family: Pythia, revision: [step1000, step16000], adapter: [none, my/lora] }
          - { run: runs/x, family: Mine, kind: detoxified }
        """;

    [Fact]
    public void A_list_is_a_run_each_and_names_say_what_runs_differ_in()
    {
        var study = StudyFile.Parse(Whole, "study.yaml");
        Assert.Equal("detoxification", study.Name);
        Assert.Equal(
            [
                "OLMo-2-0425-1B", "OLMo-2-0425-1B-Instruct", "SmolLM2-135M-Instruct", "SmolLM2-135M-Instruct-t3", "SmolLM2-135M-Instruct-eight_bit",
                "SmolLM2-135M-Instruct-eight_bit-t3", "pythia-160m-step1000", "pythia-160m-step1000-lora", "pythia-160m-step16000",
                "pythia-160m-step16000-lora", "x",
            ],
            study.Runs.Select(run => run.Name));
        var last = study.Runs[5];
        Assert.Equal(("SmolLM", 9, null), (last.Family, last.Line, last.Kind));
        Assert.Equal(
            [("model", "HuggingFaceTB/SmolLM2-135M-Instruct"), ("precision", "eight_bit"), ("samples", "5"), ("template", "3")],
            last.Differing.Select(pair => (pair.Key, pair.Value)));
        var given = GivenSettings.Parse(last.Given);
        Assert.Equal((400, 5), (given.Value(PromptSettings.Limit), given.Value(ContinuationSettings.Samples)));
        Assert.Equal(("eight_bit", 3), (given.Value(ModelSettings.Precision), given.Value(PromptSettings.Template).Number));
        Assert.Equal("allenai/OLMo-2-0425-1B", study.Runs[1].Base);
        Assert.Equal([1000L, 1000, 16000, 16000], study.Runs.Skip(6).Take(4).Select(run => run.Step!.Value));
        Assert.Equal("runs/x", study.Runs[10].Run);
    }

    [Fact]
    public void Json_says_the_same_as_yaml()
    {
        var json = StudyFile.Parse(
            """{"limit": 3, "top_p": 0.5, "standardise": true, "models": ["gpt2", {"model": "b/c", "seed": [1, 42], "temperature": null}]}""", "x/two.json");
        Assert.Equal("two", json.Name);
        Assert.Equal(["gpt2", "c-seed1", "c"], json.Runs.Select(run => run.Name));
        var given = GivenSettings.Parse(json.Runs[1].Given);
        Assert.Equal((0.5, true, 1), (given.Value(ContinuationSettings.TopP), given.Value(ProbeSettings.Standardise), given.Value(ContinuationSettings.Seed)));
        Assert.False(given.Has(ContinuationSettings.Temperature));
    }

    [Fact]
    public void A_list_at_the_top_holds_for_every_member_that_says_nothing_else() => Assert.Equal(
        ["a", "a-t1", "b-t2"], StudyFile.Parse("template: [0, 1]\nmodels:\n  - a\n  - { model: b, template: 2 }", "s.yaml").Runs.Select(run => run.Name));

    [Fact]
    public void A_longer_file_keeps_the_names_of_runs() => Assert.Equal(
        ["c", "c-2"], StudyFile.Parse("models: [{model: a/c}, {model: b/c}]", "s.yaml").Runs.Select(run => run.Name));

    [Theory]
    [InlineData("models: [a]\nlimt: 3", "line 2: 'limt' is no key of a study; did you mean 'limit'?")]
    [InlineData("models:\n- { modle: a }", "line 2: 'modle' is no key of a model; did you mean 'model'?")]
    [InlineData("models:\n- { model: a,\n    precision: [full, fp4] }", "line 3: precision: fp4: it is one of full, bf16, half, eight_bit, four_bit")]
    [InlineData("limit: none\nmodels: [a]", "line 1: limit: none: give a whole number from 1")]
    [InlineData("models:\n- { model: a, prompts: b }", "line 2: 'prompts' is the same for the whole study: write it at the top, beside 'models'")]
    [InlineData("models:\n- a\n- { model: a, template: 0 }", "line 3: 'a' is the same run as one of line 2: leave one of them out")]
    [InlineData("models:\n- { run: x, template: 1 }", "line 2: 'template' beside 'run': a finished run has its own; leave one of the two out")]
    [InlineData("models:\n- { model: a, name: ../b }", "a name holds letters, digits")]
    [InlineData("models:\n- { model: a, step: -1 }", "line 2: step: give a whole number from 0")]
    [InlineData("scorer: ngram\nscorers: ngram\nmodels: [a]", "line 2: 'scorers' is there twice")]
    [InlineData("limit: 1\nlimit: 2\nmodels: [a]", "line 2: Duplicate key limit")]
    [InlineData("limit: [1, 2]\nmodels: [a]", "line 1: 'limit' takes one value here, and 2 are given")]
    [InlineData("device: [cpu, cuda]\nmodels: [a]", "line 1: 'device' takes one value here, and 2 are given")]
    [InlineData("models: [{model: a, template: [{}]}]", "'template' takes texts, numbers, true, false, or lists of them")]
    [InlineData("models: []", "line 1: 'models' is missing or no list")]
    [InlineData("- a", "line 1: a study is a mapping of keys to values")]
    [InlineData("", "line 1: the file is empty")]
    [InlineData("models: [a", ": While parsing a flow")]
    [InlineData("models: [a]\n---\nmodels: [b]", "a second document begins here")]
    public void What_cannot_be_used_is_told_with_its_line(string text, string told)
    {
        var error = Assert.Throws<InputException>(() => StudyFile.Parse(text, "s.yaml"));
        Assert.Equal("study-file", error.Code);
        Assert.Contains(told, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_fault_is_told_at_once()
    {
        var error = Assert.Throws<InputException>(() => StudyFile.Parse("limt: 3\nmodels:\n- { modle: a }\n- { model: b, seed: x }", "s.yaml"));
        Assert.StartsWith("3 things are wrong:\n  line 1: ", error.Found, StringComparison.Ordinal);
        Assert.Contains("line 4: seed: x: give a whole number", error.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_of_strangers_are_held_to_sizes()
    {
        var many = string.Join(", ", Enumerable.Range(0, 60));
        Assert.Contains(
            "make 3600 runs",
            Assert.Throws<InputException>(() => StudyFile.Parse($"models: [{{model: a, seed: [{many}], top_k: [{many}]}}]", "s.yaml")).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "nested more than 32 deep",
            Assert.Throws<InputException>(() => StudyFile.Parse(new string('[', 100_000), "s.yaml")).Message,
            StringComparison.Ordinal);
        using var temporary = new TemporaryFolder();
        File.WriteAllText(temporary["big.yaml"], new string(' ', StudyFile.LargestFile + 1));
        File.WriteAllBytes(temporary["bytes.yaml"], [0x61, 0xff]);
        foreach (
            var (name, told) in new[]
            {
                ("big.yaml", "a study file has 1048576 at most"),
                ("bytes.yaml", "it is no text in UTF-8"),
                ("none.yaml", "there is no such file"),
                (".", "it is a folder"),
            })
        {
            Assert.Contains(told, Assert.Throws<InputException>(() => StudyFile.Read(temporary[name])).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_schema_for_editors_is_what_the_declarations_say()
    {
        var path = Path.Combine(SharedData.RepositoryRoot, "docs", "reference", "study.schema.json");
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
        {
            File.WriteAllText(path, StudySchema.Text());
        }

        Assert.Equal(File.ReadAllText(path), StudySchema.Text());
        var properties = JsonNode.Parse(StudySchema.Text())!["properties"]!;
        Assert.Equal("integer", (string?)properties["limit"]!["type"]![0]);
        var precision = properties["models"]!["items"]!["anyOf"]![1]!["properties"]!["precision"]!["anyOf"]!;
        Assert.Equal("eight_bit", (string?)precision[0]!["enum"]![3]);
        Assert.Equal("array", (string?)precision[1]!["type"]);
        Assert.Equal("boolean", (string?)properties["standardise"]!["type"]);
    }
}
