using AlignedProbing.Hub;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Hub;

/// <summary>Answers that will not change by asking again.</summary>
public sealed class RefusedDownloadTests : IDisposable
{
    private const string Token = "hf_AbCdEfGhSecret";

    private readonly HubFixture _at = new();

    public void Dispose() => _at.Dispose();

    [Fact]
    public async Task A_model_that_is_not_there_says_so_and_that_there_is_no_such_folder_either()
    {
        var error = await _at.FailsAsync("hub-not-found");
        Assert.Contains("no folder of that name here", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_at.Options.CacheFolder));
    }

    [Fact]
    public async Task A_revision_that_is_not_there_says_that_the_model_is()
    {
        _at.Hub.Add(TinyRepository.Name, "main", TinyRepository.Files());
        var error = await _at.FailsAsync("hub-revision-missing", "step7");
        Assert.Contains("'step7'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("model.safetensors", "pytorch_model.bin")]
    public async Task A_repository_without_what_is_needed_is_refused_with_what_it_has(params string[] missing)
    {
        var files = TinyRepository.Files();
        Array.ForEach(missing, name => files.Remove(name));
        _at.Hub.Add(TinyRepository.Name, "main", files);
        var error = await _at.FailsAsync("hub-file-missing");
        Assert.Contains("README.md", error.Message, StringComparison.Ordinal);
        Assert.Single(_at.Hub.Requests);
    }

    [Fact]
    public async Task A_shard_that_the_index_names_and_the_repository_lacks_is_named()
    {
        var files = TinyRepository.Sharded();
        files.Remove("model-00002-of-00002.safetensors");
        _at.Hub.Add(TinyRepository.Name, "main", files);
        Assert.Contains("'model-00002-of-00002.safetensors'", (await _at.FailsAsync("hub-file-missing")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, "GatedRepo")]
    [InlineData(403, "GatedRepo")]
    [InlineData(403, null)]
    public async Task A_gated_model_says_where_to_ask_and_whether_a_token_was_given(int status, string? code)
    {
        _at.Hub.Add(TinyRepository.Name, "main", TinyRepository.Files());
        _at.Hub.Instead = request =>
            request.Path.Contains("/resolve/", StringComparison.Ordinal)
                ? FakeHub.Refusal(status, code, "Access to model org/tiny is restricted.\u001b[31m")
                : null;
        var without = await _at.FailsAsync("hub-gated");
        Assert.Contains("no token was given", without.Message, StringComparison.Ordinal);
        Assert.Contains($"{_at.Hub.Address}org/tiny", without.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', without.Message);
        _at.Options = _at.Options with { Token = Token };
        var with = await _at.FailsAsync("hub-gated");
        Assert.Contains("the token that was sent has no access", with.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, with.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_the_server_repeats_is_struck_out()
    {
        _at.Hub.Instead = _ => FakeHub.Refusal(403, "GatedRepo", $"The token {Token} may not read this");
        _at.Options = _at.Options with { Token = Token };
        var error = await _at.FailsAsync("hub-gated");
        Assert.Contains("The token (key) may not read this", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_is_not_valid_is_not_taken_for_a_missing_model()
    {
        _at.Hub.Instead = _ => FakeHub.Refusal(401, null, "Invalid credentials in Authorization header");
        _at.Options = _at.Options with { Token = Token };
        await _at.FailsAsync("hub-token");
        _at.Options = _at.Options with { Token = null };
        await _at.FailsAsync("hub-not-found");
    }

    [Fact]
    public async Task The_token_goes_to_the_Hub_and_to_nobody_it_redirects_to()
    {
        _at.Hub.Add(TinyRepository.Name, "main", TinyRepository.Files());
        _at.Options = _at.Options with { Token = Token };
        await _at.ResolveAsync();
        Assert.NotEmpty(_at.Storage.Requests);
        Assert.All(_at.Storage.Requests, request =>
            Assert.DoesNotContain(request.Headers, header => header.Value.Contains(Token, StringComparison.Ordinal) || header.Key == "Authorization"));
        Assert.All(_at.Hub.Requests, request => Assert.Equal($"Bearer {Token}", request.Headers["Authorization"]));
        foreach (var file in Directory.EnumerateFiles(_at.Options.CacheFolder, "*", SearchOption.AllDirectories))
        {
            Assert.DoesNotContain(Token, await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_renamed_repository_is_followed_on_the_same_server()
    {
        var files = TinyRepository.Files();
        _at.Hub.Add("org/new", "main", files);
        _at.Hub.Instead = request => request.Path.Contains("org/tiny", StringComparison.Ordinal)
            ? new FakeAnswer { Status = 307, Headers = new() { ["Location"] = request.Path.Replace("org/tiny", "org/new", StringComparison.Ordinal) } }
            : null;
        var model = await _at.ResolveAsync();
        Assert.Equal(
            files["model.safetensors"],
            await File.ReadAllBytesAsync(Path.Combine(model.Folder, "model.safetensors"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("/round/and/round")]
    [InlineData("file:///etc/passwd")]
    public async Task A_redirection_without_end_or_to_what_is_no_server_is_not_followed(string location)
    {
        _at.Hub.Instead = _ => new FakeAnswer { Status = 302, Headers = new() { ["Location"] = location } };
        await _at.FailsAsync("hub-answer");
        Assert.InRange(_at.Hub.Requests.Count, 1, 20);
    }

    [Theory]
    [InlineData("<html>Sign in to the hotel's network</html>", "it is not JSON")]
    [InlineData("""{"siblings": []}""", "it names no commit")]
    [InlineData("""{"sha": "../../../tmp", "siblings": []}""", "it names no commit")]
    [InlineData("""{"sha": "0123456789012345678901234567890123456789", "siblings": 3}""", "it lists no files")]
    [InlineData("[1, 2]", "it names no commit")]
    public async Task An_answer_that_is_no_list_of_files_is_an_error(string body, string found)
    {
        _at.Hub.Instead = _ => new FakeAnswer { Body = TinyRepository.Utf8(body) };
        Assert.Contains(found, (await _at.FailsAsync("hub-answer")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../evil.safetensors")]
    [InlineData("..")]
    [InlineData("/tmp/evil.safetensors")]
    [InlineData("..\\\\evil.safetensors")]
    [InlineData("")]
    public async Task An_index_that_names_files_elsewhere_is_refused(string name)
    {
        var files = TinyRepository.Sharded();
        files["model.safetensors.index.json"] = TinyRepository.Utf8($$$"""{"weight_map": {"a": "{{{name}}}"}}""");
        files[name.Replace("\\\\", "\\", StringComparison.Ordinal)] = [1, 2, 3];
        _at.Hub.Add(TinyRepository.Name, "main", files);
        Assert.Contains("no plain file name", (await _at.FailsAsync("hub-answer")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_that_leave_the_folder_and_hashes_that_are_none_do_not_come_onto_the_disk()
    {
        const string Commit = "0123456789012345678901234567890123456789";
        _at.Hub.Instead = request =>
            request.Method == "HEAD"
                ? new FakeAnswer
                {
                    Headers = new() { ["X-Repo-Commit"] = Commit, ["ETag"] = "\"../../../../escaped\"" },
                }
                : new FakeAnswer
                {
                    Body = TinyRepository.Utf8(
                        $$"""{"sha": "{{Commit}}", "siblings": [{"rfilename": "../../../config.json"}, {"rfilename": "config.json", "size": 2, "blobId":""" +
                        $$""" "../../../../escaped"}, {"rfilename": "model.safetensors"}]}"""
                    ),
                };
        await _at.FailsAsync("hub-answer");
        Assert.False(Directory.Exists(_at.Options.CacheFolder));
    }

    [Theory]
    [InlineData("../org/tiny", null)]
    [InlineData("org/tiny/more", null)]
    [InlineData("org--tiny", null)]
    [InlineData("org/..", null)]
    [InlineData("org/tiny", "../main")]
    [InlineData("org/tiny", "a//b")]
    [InlineData("org/tiny", "a\\b")]
    [InlineData("org/tiny", "")]
    public async Task Names_and_revisions_that_could_leave_the_cache_are_no_names(string name, string? revision)
    {
        var error = await Assert.ThrowsAsync<InputException>(() => _at.ResolveAsync(new HubRequest(name, revision)));
        Assert.Equal("wrong-usage", error.Code);
        Assert.Empty(_at.Hub.Requests);
    }

    [Theory]
    [InlineData("gpt2", true)]
    [InlineData("EleutherAI/pythia-70m-deduped", true)]
    [InlineData("meta-llama/Llama-3.1-8B", true)]
    [InlineData("./model", false)]
    [InlineData("/data/model", false)]
    [InlineData("models/llama/", false)]
    [InlineData("C:\\model", false)]
    [InlineData("model.safetensors\n", false)]
    public void Names_on_the_Hub_are_told_from_paths(string text, bool isName) => Assert.Equal(isName, HubModels.IsName(text));

    [Fact]
    public async Task A_revision_with_slashes_is_asked_as_one_and_kept_in_folders()
    {
        var commit = _at.Hub.Add(TinyRepository.Name, "refs/pr/1", TinyRepository.Files());
        await _at.ResolveAsync("refs/pr/1");
        Assert.Equal(commit, await File.ReadAllTextAsync(Path.Combine(_at.Repository(), "refs", "refs", "pr", "1"), TestContext.Current.CancellationToken));
    }
}
