namespace AlignedProbing.Tests.Hub;

/// <summary>One GGUF file of a repository that has several.</summary>
public sealed class GgufFileTests : IDisposable
{
    private const string File = "tiny-Q4_0.gguf";

    private readonly HubFixture _at = new();

    public void Dispose() => _at.Dispose();

    [Fact]
    public async Task Only_the_file_that_is_asked_for_comes_and_is_taken_from_the_cache_after()
    {
        var files = Repository();
        var commit = _at.Hub.Add(TinyRepository.Name, "main", files);
        var model = await _at.ResolveAsync(_at.Request() with { File = File });
        Assert.Equal([File], Directory.EnumerateFileSystemEntries(model.Folder).Select(Path.GetFileName));
        Assert.Equal(files[File], await System.IO.File.ReadAllBytesAsync(Path.Combine(model.Folder, File), TestContext.Current.CancellationToken));
        Assert.Equal(files[File].Length, model.Downloaded);
        var before = _at.Hub.Requests.Count;
        Assert.Equal(0, (await _at.ResolveAsync(_at.Request(commit) with { File = File })).Downloaded);
        Assert.Equal(before, _at.Hub.Requests.Count);
        _at.Options = _at.Options with { Offline = true };
        Assert.Equal(model.Folder, (await _at.ResolveAsync(_at.Request() with { File = File })).Folder);
        Assert.Equal("hub-offline", await CodeAsync("tiny-Q8_0.gguf"));
    }

    [Fact]
    public async Task With_the_first_part_of_a_model_all_come()
    {
        _at.Hub.Add(TinyRepository.Name, "main", Repository());
        var model = await _at.ResolveAsync(_at.Request() with { File = "big-00001-of-00003.gguf" });
        Assert.Equal(
            ["big-00001-of-00003.gguf", "big-00002-of-00003.gguf", "big-00003-of-00003.gguf"],
            Directory.EnumerateFileSystemEntries(model.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        _at.Options = _at.Options with { Offline = true };
        System.IO.File.Delete(Path.Combine(model.Folder, "big-00003-of-00003.gguf"));
        Assert.Equal("hub-offline", await CodeAsync("big-00001-of-00003.gguf"));
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_named_with_those_that_are()
    {
        var files = Repository();
        files.Remove("big-00002-of-00003.gguf");
        _at.Hub.Add(TinyRepository.Name, "main", files);
        var error = await Assert.ThrowsAsync<InputException>(() => _at.ResolveAsync(_at.Request() with { File = "tiny-Q5_0.gguf" }));
        Assert.Equal("hub-file-missing", error.Code);
        Assert.Contains("tiny-Q5_0.gguf", error.Found, StringComparison.Ordinal);
        Assert.Contains("tiny-Q8_0.gguf", error.Found, StringComparison.Ordinal);
        Assert.DoesNotContain("README.md", error.Found, StringComparison.Ordinal);
        Assert.Equal("hub-file-missing", await CodeAsync("big-00001-of-00003.gguf"));
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("../tiny.gguf")]
    public async Task Other_names_are_refused(string file)
    {
        _at.Hub.Add(TinyRepository.Name, "main", Repository());
        Assert.Equal("wrong-usage", await CodeAsync(file));
    }

    private static Dictionary<string, byte[]> Repository() => new()
    {
        ["README.md"] = TinyRepository.Utf8("# Tiny"),
        [File] = TinyRepository.Bytes(40_000, 1),
        ["tiny-Q8_0.gguf"] = TinyRepository.Bytes(80_000, 2),
        ["big-00001-of-00003.gguf"] = TinyRepository.Bytes(3000, 3),
        ["big-00002-of-00003.gguf"] = TinyRepository.Bytes(3000, 4),
        ["big-00003-of-00003.gguf"] = TinyRepository.Bytes(3000, 5),
    };

    private async Task<string> CodeAsync(string file) =>
        (await Assert.ThrowsAsync<InputException>(() => _at.ResolveAsync(_at.Request() with { File = file }))).Code;
}
