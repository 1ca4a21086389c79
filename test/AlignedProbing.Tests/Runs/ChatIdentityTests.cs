using System.Text.Json;
using System.Text.Json.Nodes;
using AlignedProbing.Runs;
using AlignedProbing.Settings;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Tests.Runs;

/// <summary>How chats begin and what their templates are told belong to a run's identity.</summary>
public sealed class ChatIdentityTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void A_run_from_before_the_rule_goes_on_under_its_own_rule_alone()
    {
        var asked = SampleRun.Manifest() with { Encoding = new EncodingManifest { ChatTemplate = true } };
        var run = RunFolder.StartOrResume(_temporary["run"], asked, [SampleRun.Prompt("a")]);
        Assert.False(run.ReadManifest().Encoding.BeginsChats);
        var path = Path.Combine(run.FullPath, "manifest.json");
        var old = JsonNode.Parse(File.ReadAllText(path))!;
        Assert.True(old["encoding"]!.AsObject().Remove("begins_chats"));
        File.WriteAllText(path, old.ToJsonString());

        Assert.True(run.ReadManifest().Encoding.BeginsChats);
        var error = Assert.Throws<InputException>(() => RunFolder.StartOrResume(_temporary["run"], asked, [SampleRun.Prompt("a")]));
        Assert.Contains("--begin-chats: true there, false asked", error.Message, StringComparison.Ordinal);
        RunFolder.StartOrResume(_temporary["run"], asked with { Encoding = asked.Encoding with { BeginsChats = true } }, [SampleRun.Prompt("a")]);
    }

    [Fact]
    public void Variables_of_the_template_are_compared_by_name()
    {
        var with = Asked("enable_thinking=false", "effort=\"low\"");
        RunFolder.StartOrResume(_temporary["run"], with, [SampleRun.Prompt("a")]);
        RunFolder.StartOrResume(_temporary["run"], Asked("effort=\"low\"", "enable_thinking=false"), [SampleRun.Prompt("a")]);
        var other = Assert.Throws<InputException>(
            () => RunFolder.StartOrResume(_temporary["run"], Asked("enable_thinking=true", "effort=\"low\""), [SampleRun.Prompt("a")]));
        Assert.Contains("--chat-variable enable_thinking: false there, true asked", other.Message, StringComparison.Ordinal);
        var none = Assert.Throws<InputException>(() => RunFolder.StartOrResume(_temporary["run"], Asked(), [SampleRun.Prompt("a")]));
        Assert.Contains("--chat-variable", none.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("enable_thinking", "write NAME=JSON")]
    [InlineData("enable-thinking=1", "write NAME=JSON")]
    [InlineData("enable_thinking=False", "write false")]
    [InlineData("effort=low", "in quotes")]
    [InlineData("messages=[]", "the program's to set")]
    public void What_is_no_variable_is_refused(string text, string words)
    {
        var error = Assert.Throws<FormatException>(() => Values.Variables.Read([text]));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => Values.Variables.Read(["a=1", "a=1"]));
    }

    private static Manifest Asked(params string[] variables)
    {
        IReadOnlyDictionary<string, JsonElement>? read = variables.Length == 0 ? null : Values.Variables.Read(variables);
        return SampleRun.Manifest() with { Encoding = new EncodingManifest { ChatTemplate = true, ChatVariables = read } };
    }
}
