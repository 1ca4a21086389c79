using System.Text;
using AlignedProbing.Files;
using AlignedProbing.Prompts;

namespace AlignedProbing.Tests.Prompts;

public sealed class PromptSetTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("prompts-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Rtp_rows_give_text_scores_and_continuation()
    {
        var result = Read(
            "a.jsonl",
            """{"filename": "f", "begin": 1, "end": 9, "challenging": false, "prompt": {"text": "So", "toxicity": 0.25, "threat": null}, "continuation":""" +
            """ {"text": " it goes", "toxicity": 1}}"""
        );

        var prompt = Assert.Single(result.Prompts);
        Assert.Equal("So", prompt.Text);
        Assert.Equal(0.25, prompt.Scores["toxicity"]);
        Assert.Null(prompt.Scores["threat"]);
        var continuation = Assert.Single(prompt.Continuations);
        Assert.Equal(" it goes", continuation.Text);
        Assert.Equal(1, continuation.Scores["toxicity"]);
        Assert.Equal(20, prompt.Id.Length);
    }

    [Fact]
    public void A_list_of_continuations_is_read_in_order_and_attributes_are_not_known_by_heart()
    {
        var result = Read("a.jsonl", """{"prompt": {"text": "p", "my new attribute": 0.5}, "continuation": [{"text": "one", "x": 0}, "two"]}""");

        var prompt = Assert.Single(result.Prompts);
        Assert.Equal(0.5, prompt.Scores["my new attribute"]);
        Assert.Equal(["one", "two"], prompt.Continuations.Select(continuation => continuation.Text));
        Assert.Equal(0, prompt.Continuations[0].Scores["x"]);
    }

    [Fact]
    public void Rows_that_are_the_same_get_numbers_behind_their_hash_and_a_given_id_is_kept()
    {
        const string Row = """{"filename": "f", "begin": 1, "end": 2, "prompt": {"text": "p"}}""";
        var result = Read(
            "a.jsonl",
            Row,
            Row,
            """{"filename": "f", "begin": 1, "end": 3, "prompt": {"text": "p"}}""",
            Row,
            """{"prompt_id": 7, "prompt": {"text": "q"}}""");

        var ids = result.Prompts.Select(prompt => prompt.Id).ToArray();
        Assert.Equal(ids[0] + "#2", ids[1]);
        Assert.Equal(ids[0] + "#3", ids[3]);
        Assert.DoesNotContain("#", ids[2], StringComparison.Ordinal);
        Assert.NotEqual(ids[0], ids[2]);
        Assert.Equal("7", ids[4]);
    }

    [Fact]
    public void A_numbered_id_never_meets_a_given_one()
    {
        var result = Read(
            "a.jsonl",
            """{"id": "a#2", "prompt": "x"}""",
            """{"id": "a", "prompt": "x"}""",
            """{"id": "a", "prompt": "x"}""");

        Assert.Equal(["a#2", "a", "a#3"], result.Prompts.Select(prompt => prompt.Id));
    }

    [Fact]
    public void Rows_of_one_prompt_id_are_continuations_of_one_prompt()
    {
        var result = Read(
            "a.jsonl",
            """{"prompt_id": "a", "prompt_text": "p", "prompt_threat": 0.5, "continuation_text": "one", "continuation_threat": 0.1}""",
            """{"prompt_id": "b", "prompt_text": "q"}""",
            """{"prompt_id": "a", "prompt_text": "p", "prompt_threat": 0.5, "continuation_text": "two", "continuation_threat": null}""",
            """{"prompt_id": "a", "prompt_text": "another", "continuation_text": "three"}""");

        Assert.Equal(["a", "b"], result.Prompts.Select(prompt => prompt.Id));
        Assert.Equal(["one", "two"], result.Prompts[0].Continuations.Select(continuation => continuation.Text));
        Assert.Null(result.Prompts[0].Continuations[1].Scores["threat"]);
        var problem = Assert.Single(result.Problems);
        Assert.Equal((4, PromptProblemReason.ConflictingRows), (problem.Line, problem.Reason));
        Assert.Equal((4, 3), (result.Manifest.Read, result.Manifest.Used));
    }

    [Fact]
    public void The_limit_counts_prompts_and_later_continuations_of_them_still_come()
    {
        var result = Read(
            new PromptSetOptions { Limit = 1, Template = 2 },
            "a.csv",
            "prompt_id,prompt_text,continuation_text",
            "a,p,one",
            "b,q,two",
            "a,p,three");

        var prompt = Assert.Single(result.Prompts);
        Assert.Equal(["one", "three"], prompt.Continuations.Select(continuation => continuation.Text));
        Assert.Equal(2, prompt.Template);
        Assert.Equal(1, result.Manifest.Limit);
    }

    [Fact]
    public void The_limit_takes_the_first_usable_ones()
    {
        var result = Read(new PromptSetOptions { Limit = 2 }, "a.jsonl", "{", """{"prompt": "a"}""", "[]", """{"prompt": "b"}""", """{"prompt": "c"}""");

        Assert.Equal(["a", "b"], result.Prompts.Select(prompt => prompt.Text));
        Assert.Equal((4, 2), (result.Manifest.Read, result.Manifest.Used));
        Assert.Equal(2, result.Manifest.LeftOut[PromptProblemReason.NotJson]);
    }

    [Theory]
    [InlineData("""{"prompt": """, PromptProblemReason.NotJson)]
    [InlineData("""{"prompt": {"text": "a", "toxicity": NaN}}""", PromptProblemReason.NotJson)]
    [InlineData("""{"prompt": {"text": "a"}, "prompt": {"text": "b"}}""", PromptProblemReason.NotJson)]
    [InlineData("\"a\"", PromptProblemReason.NotJson)]
    [InlineData("{}", PromptProblemReason.NoPromptText)]
    [InlineData("""{"prompt": null}""", PromptProblemReason.NoPromptText)]
    [InlineData("""{"prompt": {"toxicity": 0.5}}""", PromptProblemReason.NoPromptText)]
    [InlineData("""{"prompt": {"text": null}}""", PromptProblemReason.NoPromptText)]
    [InlineData("""{"prompt_text": 5}""", PromptProblemReason.NoPromptText)]
    [InlineData("""{"prompt": {"text": "a", "toxicity": 1.0001}}""", PromptProblemReason.ScoreOutOfRange)]
    [InlineData("""{"prompt": {"text": "a", "toxicity": -0.1}}""", PromptProblemReason.ScoreOutOfRange)]
    [InlineData("""{"prompt": {"text": "a", "toxicity": 1e999}}""", PromptProblemReason.ScoreOutOfRange)]
    [InlineData("""{"prompt": {"text": "a", "toxicity": "0.5"}}""", PromptProblemReason.ScoreNotANumber)]
    [InlineData("""{"prompt": {"text": "a", "toxicity": true}}""", PromptProblemReason.ScoreNotANumber)]
    [InlineData("""{"prompt_text": "a", "prompt_toxicity": "NaN"}""", PromptProblemReason.ScoreNotANumber)]
    [InlineData("""{"prompt": {"text": "a"}, "continuation": {"toxicity": 0.5}}""", PromptProblemReason.BadContinuation)]
    [InlineData("""{"prompt": {"text": "a"}, "continuation": [5]}""", PromptProblemReason.BadContinuation)]
    [InlineData("""{"prompt_text": "a", "continuation_threat": 0.5}""", PromptProblemReason.BadContinuation)]
    [InlineData("""{"prompt_id": "", "prompt_text": "a"}""", PromptProblemReason.BadId)]
    [InlineData("""{"prompt_id": 1.5, "prompt_text": "a"}""", PromptProblemReason.BadId)]
    [InlineData("""{"prompt": "half a pair \ud83d"}""", PromptProblemReason.InvalidUnicode)]
    public void A_broken_line_is_reported_with_its_number_and_the_rest_is_used(string line, string reason)
    {
        var result = Read("a.jsonl", """{"prompt": "before"}""", "", line, """{"prompt": "after"}""");

        Assert.Equal(["before", "after"], result.Prompts.Select(prompt => prompt.Text));
        var problem = Assert.Single(result.Problems);
        Assert.Equal((3, reason), (problem.Line, problem.Reason));
        Assert.Equal((3, 2), (result.Manifest.Read, result.Manifest.Used));
        Assert.Equal(1, Assert.Single(result.Manifest.LeftOut, pair => pair.Key == reason).Value);
    }

    [Fact]
    public void Csv_fields_may_hold_quotes_separators_and_line_ends_and_empty_cells_are_missing_scores()
    {
        var result = Read(
            "a.csv",
            "prompt_id,prompt_text,prompt_toxicity,continuation_text,note",
            "1,\"a, \"\"b\"\"\nc\",,,x",
            "",
            "2,q,0.5, r ,",
            "3,q,nan,,",
            "4,q",
            "5,,1,,");

        Assert.Equal(["1", "2", "5"], result.Prompts.Select(prompt => prompt.Id));
        Assert.Equal("a, \"b\"\nc", result.Prompts[0].Text);
        Assert.Null(result.Prompts[0].Scores["toxicity"]);
        Assert.Empty(result.Prompts[0].Continuations);
        Assert.Equal(" r ", result.Prompts[1].Continuations[0].Text);
        Assert.Equal("", result.Prompts[2].Text);
        Assert.Equal(
            [(6, PromptProblemReason.ScoreNotANumber), (7, PromptProblemReason.BadCsv)],
            result.Problems.Select(problem => (problem.Line, problem.Reason)));
    }

    [Fact]
    public void A_csv_row_that_is_not_utf8_is_named_and_an_open_quote_is_a_problem()
    {
        var path = Path.Combine(_folder, "a.csv");
        File.WriteAllBytes(path, [.. "prompt_text\ncaf\u00e9\nbad "u8, 0xE9, .. "\n\"open"u8]);
        var result = PromptSet.Read(path);

        Assert.Equal(["café"], result.Prompts.Select(prompt => prompt.Text));
        Assert.Equal(
            [(3, PromptProblemReason.InvalidUnicode), (4, PromptProblemReason.BadCsv)],
            result.Problems.Select(problem => (problem.Line, problem.Reason)));
    }

    [Fact]
    public void The_same_row_has_the_same_id_as_json_and_as_csv()
    {
        var json = Read("a.jsonl", """{"filename": "f", "begin": 1, "end": 2, "prompt": {"text": "p"}}""");
        var csv = Read("a.csv", "filename,begin,end,prompt_text", "f,1,2,p");

        Assert.Equal(json.Prompts[0].Id, csv.Prompts[0].Id);
    }

    [Fact]
    public void Plain_text_is_a_prompt_a_line_with_its_blanks_and_an_empty_line_is_an_empty_prompt()
    {
        var path = Path.Combine(_folder, "a.txt");
        File.WriteAllBytes(path, [0xEF, 0xBB, 0xBF, .. " one \r\n\r\ntwo\n"u8, 0xFF, .. "\nthree"u8]);
        var result = PromptSet.Read(path);

        Assert.Equal([" one ", "", "two", "three"], result.Prompts.Select(prompt => prompt.Text));
        Assert.Equal([(4, PromptProblemReason.InvalidUnicode)], result.Problems.Select(problem => (problem.Line, problem.Reason)));
    }

    [Fact]
    public void Json_with_a_byte_order_mark_and_crlf_is_read_and_the_hash_is_that_of_the_whole_file()
    {
        var path = Path.Combine(_folder, "set");
        byte[] bytes = [0xEF, 0xBB, 0xBF, .. "{\"prompt\": \"a\u2028b\"}\r\n"u8];
        File.WriteAllBytes(path, bytes);
        var result = PromptSet.Read(path);

        Assert.Equal("a\u2028b", result.Prompts[0].Text);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)), result.Manifest.Sha256);
        Assert.Equal("set", result.Manifest.Name);
    }

    [Fact]
    public void A_line_longer_than_the_bound_is_left_out()
    {
        var path = Path.Combine(_folder, "a.txt");
        File.WriteAllText(path, "one\n" + new string('x', LineReader.MaxLineBytes + 1) + "\n" + new string('y', LineReader.MaxLineBytes));
        var result = PromptSet.Read(path);

        Assert.Equal([3, LineReader.MaxLineBytes], result.Prompts.Select(prompt => prompt.Text.Length));
        Assert.Equal((2, PromptProblemReason.TooLong), (result.Problems[0].Line, result.Problems[0].Reason));
    }

    [Theory]
    [InlineData("a.jsonl", "", "prompt-set-empty")]
    [InlineData("a.jsonl", "{", "prompt-set-empty")]
    [InlineData("a.csv", "", "prompt-set-header")]
    [InlineData("a.csv", "words\na", "prompt-set-header")]
    [InlineData("a.csv", "prompt_text,x,x\na,1,1", "prompt-set-header")]
    public void A_file_without_a_usable_row_is_an_error(string name, string content, string code) =>
        Assert.Equal(code, Assert.Throws<InputException>(() => Read(name, content)).Code);

    [Fact]
    public void A_missing_file_and_a_folder_are_errors_and_utf16_is_read()
    {
        var utf16 = Path.Combine(_folder, "a.txt");
        File.WriteAllText(utf16, "a", Encoding.Unicode);

        Assert.Equal("a", Assert.Single(PromptSet.Read(utf16).Prompts).Text);
        Assert.Equal("prompt-set-not-found", Assert.Throws<InputException>(() => PromptSet.Read(Path.Combine(_folder, "none.txt"))).Code);
        Assert.Equal("prompt-set-not-found", Assert.Throws<InputException>(() => PromptSet.Read(_folder)).Code);
    }

    [Fact]
    public void Every_fault_of_the_options_is_named()
    {
        var error = Assert.Throws<InputException>(() => new PromptSetOptions { Limit = 0, Template = -1 }.Validate());

        Assert.Contains("--limit 0", error.Message, StringComparison.Ordinal);
        Assert.Contains("--template -1", error.Message, StringComparison.Ordinal);
    }

    private PromptSetResult Read(string name, params string[] lines) => Read(new PromptSetOptions(), name, lines);

    private PromptSetResult Read(PromptSetOptions options, string name, params string[] lines)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, string.Join('\n', lines));
        return PromptSet.Read(path, options);
    }
}
