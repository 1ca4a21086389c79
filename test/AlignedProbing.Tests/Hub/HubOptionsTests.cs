using AlignedProbing.Hub;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Hub;

/// <summary>The variables of Python's huggingface_hub.</summary>
public sealed class HubOptionsTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Theory]
    [InlineData("HF_HUB_CACHE=/a HF_HOME=/b XDG_CACHE_HOME=/c", "/a")]
    [InlineData("HUGGINGFACE_HUB_CACHE=/a HF_HOME=/b", "/a")]
    [InlineData("HF_HOME=/b XDG_CACHE_HOME=/c", "/b/hub")]
    [InlineData("XDG_CACHE_HOME=/c", "/c/huggingface/hub")]
    [InlineData("", "~/.cache/huggingface/hub")]
    [InlineData("HF_HOME=~/x", "~/x/hub")]
    [InlineData("HF_HUB_CACHE=$SCRATCH/hub SCRATCH=/s", "/s/hub")]
    [InlineData("HF_HUB_CACHE=${SCRATCH}/hub SCRATCH=/s", "/s/hub")]
    [InlineData("HF_HUB_CACHE= HF_HOME=/b", "/b/hub")]
    public void The_cache_lies_where_Python_has_it(string variables, string expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "paths of Unix");
        Assert.Equal(
            expected.Replace("~", Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), StringComparison.Ordinal),
            Read(variables).CacheFolder);
    }

    [Fact]
    public void The_token_comes_from_the_variable_or_else_from_the_file_that_a_login_writes()
    {
        File.WriteAllText(_temporary["token"], "from-file\n");
        Assert.Equal("from-variable", Read($"HF_TOKEN=from-variable HF_HOME={_temporary.FullPath}").Token);
        Assert.Equal("from-older", Read($"HUGGING_FACE_HUB_TOKEN=from-older HF_HOME={_temporary.FullPath}").Token);
        Assert.Equal("from-file", Read($"HF_HOME={_temporary.FullPath}").Token);
        Assert.Equal("from-file", Read($"HF_TOKEN_PATH={_temporary["token"]} HF_HOME=/nowhere").Token);
        Assert.Null(Read($"HF_HUB_DISABLE_IMPLICIT_TOKEN=1 HF_HOME={_temporary.FullPath}").Token);
        Assert.Null(Read("HF_HOME=/nowhere").Token);
    }

    [Fact]
    public void The_token_is_not_in_what_the_options_say_of_themselves() =>
        Assert.DoesNotContain("hf_secret", $"{Read("HF_TOKEN=hf_secret HF_HOME=/nowhere")}", StringComparison.Ordinal);

    [Theory]
    [InlineData("HF_HUB_OFFLINE=1", true)]
    [InlineData("HF_HUB_OFFLINE=yes", true)]
    [InlineData("TRANSFORMERS_OFFLINE=TRUE", true)]
    [InlineData("HF_HUB_OFFLINE=0", false)]
    [InlineData("", false)]
    public void Offline_is_what_Python_takes_for_it(string variables, bool offline) => Assert.Equal(offline, Read(variables).Offline);

    [Fact]
    public void The_endpoint_may_be_a_mirror_below_a_path()
    {
        Assert.Equal(new Uri("https://mirror.example/hf"), Read("HF_ENDPOINT=https://mirror.example/hf/").Endpoint);
        Assert.Equal(new Uri("https://huggingface.co"), Read("").Endpoint);
    }

    [Theory]
    [InlineData("HF_ENDPOINT=mirror")]
    [InlineData("HF_ENDPOINT=file:///etc")]
    [InlineData("HF_TOKEN=a\u00e4b")]
    [InlineData("HF_HUB_DOWNLOAD_TIMEOUT=soon")]
    public void What_cannot_be_meant_is_an_error(string variables) => Assert.Equal("wrong-usage", Assert.Throws<InputException>(() => Read(variables)).Code);

    [Fact]
    public void All_faults_are_named_at_once()
    {
        var error = Assert.Throws<InputException>(() => new HubOptions { CacheFolder = "x", Parallel = 0, Attempts = 0, Token = "a b" }.Validate());
        Assert.Contains("files at once", error.Message, StringComparison.Ordinal);
        Assert.Contains("attempts", error.Message, StringComparison.Ordinal);
        Assert.Contains("the token holds blanks", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("a b", error.Message, StringComparison.Ordinal);
    }

    private static HubOptions Read(string variables)
    {
        var values = variables
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair[1]);
        return HubOptions.FromEnvironment(values.GetValueOrDefault);
    }
}
