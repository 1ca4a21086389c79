using AlignedProbing.Prompts;

namespace AlignedProbing.Tests.Prompts;

public sealed class NamedFieldsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("fields-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("resps", """{"doc": {"prompt": "p"}, "resps": "one"}""", "one")]
    [InlineData("resps", """{"doc": {"prompt": "p"}, "resps": ["one", "two"]}""", "one|two")]
    [InlineData("resps", """{"doc": {"prompt": "p"}, "resps": [["one", "two"], ["three"]]}""", "one|two|three")]
    [InlineData("resps", """{"doc": {"prompt": "p"}, "resps": null}""", "")]
    [InlineData("resps", """{"doc": {"prompt": "p"}, "resps": []}""", "")]
    [InlineData("resps.1", """{"doc": {"prompt": "p"}, "resps": ["one", "two"]}""", "two")]
    [InlineData(
        "choices.message.content",
        """{"doc": {"prompt": "p"}, "choices": [{"message": {"content": "one"}, "index": 0}, {"message": {"content": "two"}, "index": 1}]}""",
        "one|two"
    )]
    [InlineData("out.text", """{"doc": {"prompt": "p"}, "out.text": "dotted", "out": {"text": "nested"}}""", "dotted")]
    public void A_continuation_field_holds_a_text_a_list_or_lists_of_lists(string field, string line, string continuations)
    {
        var prompt = Assert.Single(Read("doc.prompt", field, "a.jsonl", line).Prompts);

        Assert.Equal("p", prompt.Text);
        Assert.Equal(continuations, string.Join('|', prompt.Continuations.Select(continuation => continuation.Text)));
    }

    [Theory]
    [InlineData("a.jsonl", """{"q": "p", "a": "one"}""", """{"q": "other", "a": "x"}""", """{"q": "p", "a": ["two", "three"]}""", """{"q": "p", "a": null}""")]
    [InlineData("a.csv", "a,model,q,prompt_tokens", "one,m,p,12", "x,m,other,12", "two,m,p,12", "three,m,p,12", ",m,p,12")]
    [InlineData("a.tsv", "q\ta", "p\tone", "other\tx", "p\ttwo", "p\tthree")]
    public void Rows_with_the_same_prompt_text_are_one_prompt_in_the_order_of_the_file(string name, params string[] lines)
    {
        var result = Read("q", "a", name, lines);

        Assert.Equal(["p", "other"], result.Prompts.Select(prompt => prompt.Text));
        Assert.Equal(["one", "two", "three"], result.Prompts[0].Continuations.Select(continuation => continuation.Text));
        Assert.Empty(result.Problems);
        Assert.Equal(("q", "a"), (result.Manifest.PromptField, result.Manifest.ContinuationField));
        Assert.Empty(result.Prompts[0].Scores);
    }

    [Fact]
    public void A_csv_cell_may_hold_a_json_list_of_continuations()
    {
        var result = Read(
            "q",
            "a",
            "a.csv",
            "q,a",
            "empty,",
            Quoted("p", """["one, and so on", " two\n"]"""),
            Quoted("other", """[["x"], ["y", {"text": "z", "toxicity": 0.5}]]"""),
            "none,[]",
            "null,null",
            Quoted("p", """["three"]"""));

        Assert.Empty(result.Problems);
        Assert.Equal(
            ["", "one, and so on| two\n|three", "x|y|z", "", ""],
            result.Prompts.Select(prompt => string.Join('|', prompt.Continuations.Select(continuation => continuation.Text))));
        Assert.Equal(0.5, result.Prompts[2].Continuations[2].Scores["toxicity"]);
    }

    [Fact]
    public void A_broken_cell_of_json_is_named_by_its_line()
    {
        var result = Read(
            "q",
            "a",
            "a.csv",
            "q,a",
            Quoted("p", """["one"]"""),
            Quoted("cut", """["one", "tw"""),
            "text,just a text",
            "word,",
            "number,[3]",
            Quoted("object", """{"text": "x"}"""),
            "python,\"['one', 'two']\"",
            Quoted("half", """["\ud83d"]"""));

        Assert.Equal(["p", "word"], result.Prompts.Select(prompt => prompt.Text));
        Assert.Equal(
            [
                (3, "bad_continuation"),
                (4, "bad_continuation"),
                (6, "bad_continuation"),
                (7, "bad_continuation"),
                (8, "bad_continuation"),
                (9, "invalid_unicode"),
            ],
            result.Problems.Select(problem => (problem.Line, problem.Reason)));
        Assert.StartsWith("the column a holds JSON lists of texts, and this cell is not JSON at byte ", result.Problems[0].Message, StringComparison.Ordinal);
        Assert.Equal("the column a holds JSON lists of texts, and this cell is no list", result.Problems[3].Message);
        Assert.Contains("is a list as Python prints it (json.dumps writes one)", result.Problems[4].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_column_of_texts_may_hold_texts_with_brackets()
    {
        var result = Read("q", "a", "a.csv", "q,a", "p,[1] as he said", Quoted("p", """["quoted"] text"""));
        Assert.Equal(["[1] as he said", "[\"quoted\"] text"], Assert.Single(result.Prompts).Continuations.Select(continuation => continuation.Text));
        Assert.Contains(
            "as Python prints it",
            Assert.Throws<InputException>(() => Read("q", "a", "b.csv", "q,a", "p,\"['one']\"")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_samples_of_lm_evaluation_harness_name_a_prompt_and_lists_of_lists()
    {
        var line =
            """{"doc_id": 0, "doc": {"question": "q"}, "target": "", "arguments": {"gen_args_0": {"arg_0": "The road to the", "arg_1": {"until":""" +
            """ ["\n"]}}}, "resps": [[" coast.", " sea."]], "filtered_resps": [" coast."], "exact_match": 0.0}""";
        var prompt = Assert.Single(Read("arguments.gen_args_0.arg_0", "resps", "a.jsonl", line).Prompts);
        Assert.Equal("The road to the", prompt.Text);
        Assert.Equal([" coast.", " sea."], prompt.Continuations.Select(continuation => continuation.Text));
        Assert.Equal(
            [" coast."],
            Read("arguments.gen_args_0.arg_0", "filtered_resps", "b.jsonl", line).Prompts[0].Continuations.Select(continuation => continuation.Text));
        Assert.Empty(prompt.Scores);
    }

    [Fact]
    public void A_prompt_id_decides_which_rows_belong_together()
    {
        var result = Read("q", "a", "a.csv", "prompt_id,q,a", "1,p,one", "2,p,two", "1,p,three");

        Assert.Equal(["1", "2"], result.Prompts.Select(prompt => prompt.Id));
        Assert.Equal(["one", "three"], result.Prompts[0].Continuations.Select(continuation => continuation.Text));
    }

    [Fact]
    public void Texts_with_scores_beside_them_keep_these()
    {
        var result = Read(
            null,
            "generations",
            "a.jsonl",
            """{"prompt": {"text": "p", "toxicity": 0.5}, "generations": [{"text": "one", "toxicity": 0.25}, {"text": "two", "toxicity": null}]}""");

        var prompt = Assert.Single(result.Prompts);
        Assert.Equal(0.5, prompt.Scores["toxicity"]);
        Assert.Equal([0.25, null], prompt.Continuations.Select(continuation => continuation.Scores["toxicity"]));
    }

    [Fact]
    public void A_row_without_a_named_field_is_left_out_and_its_fields_are_listed()
    {
        var result = Read(
            "doc.prompt",
            "choices.text",
            "a.jsonl",
            """{"doc": {"prompt": "p"}, "choices": [{"text": "one"}]}""",
            """{"doc": {"question": "p"}, "choices": [{"text": "one"}]}""",
            """{"doc": {"prompt": "p"}, "choices": [{"text": "one"}, {"index": 1}]}""",
            """{"doc": {"prompt": ["p", "q"]}, "choices": []}""",
            """{"doc": {"prompt": "p"}, "choices": [{"text": 3}]}""");

        Assert.Single(Assert.Single(result.Prompts).Continuations);
        Assert.Equal(
            [PromptProblemReason.NoPromptText, PromptProblemReason.BadContinuation, PromptProblemReason.NoPromptText, PromptProblemReason.BadContinuation],
            result.Problems.Select(problem => problem.Reason));
        Assert.Equal("there is no field doc.prompt; the fields are: doc.question, choices.text", result.Problems[0].Message);
    }

    [Fact]
    public void A_file_whose_rows_all_lack_the_field_says_which_fields_there_are()
    {
        var json = Assert.Throws<InputException>(() => Read("promt", "resps", "a.jsonl", """{"prompt": "p", "resps": ["one"]}"""));
        Assert.Equal("prompt-set-empty", json.Code);
        Assert.Contains("there is no field promt; the fields are: prompt, resps", json.Message, StringComparison.Ordinal);

        var csv = Assert.Throws<InputException>(() => Read("promt", "answers", "a.csv", "prompt,resps", "p,one"));
        Assert.Equal("prompt-set-header", csv.Code);
        Assert.Contains("no column promt and no column answers; the columns are: prompt, resps", csv.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_cannot_be_meant_are_refused()
    {
        Assert.Contains("has no fields to name", Assert.Throws<InputException>(() => Read("p", null, "a.txt", "a line")).Message, StringComparison.Ordinal);
        Assert.Contains("is empty", Assert.Throws<InputException>(() => Read("", null, "a.csv", "a", "b")).Message, StringComparison.Ordinal);
        Assert.Contains("both name a", Assert.Throws<InputException>(() => Read("a", "a", "a.csv", "a", "b")).Message, StringComparison.Ordinal);
    }

    private static string Quoted(string prompt, string json) => $"{prompt},\"{json.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private PromptSetResult Read(string? prompt, string? continuation, string name, params string[] lines)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, string.Join('\n', lines));
        return PromptSet.Read(path, new PromptSetOptions { PromptField = prompt, ContinuationField = continuation });
    }
}
