using System.Text.Json;
using System.Text.Json.Nodes;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Verbs;

/// <summary><c>inspect intervention</c> on the real model: the exit code says whether all cases are equal.</summary>
public sealed class InspectInterventionTests
{
    [Fact]
    public async Task Cases_that_are_equal_give_0_and_their_number()
    {
        using var folder = new TemporaryFolder();
        using var host = new TestHost();
        Assert.Equal(ExitCode.Done, await RunAsync(host, Copy(folder, _ => { })));
        Assert.StartsWith("2 of 2 cases are equal\nlargest difference of log-probabilities: ", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_case_that_is_not_gives_1_and_says_where()
    {
        using var folder = new TemporaryFolder();
        using var host = new TestHost();
        var check = Copy(folder, cases => cases[1]!["mean_logprob"]![3] = -1.25);
        Assert.Equal(ExitCode.SomeFailed, await RunAsync(host, check, "--json"));
        var root = JsonDocument.Parse(host.Output).RootElement;
        Assert.Equal(1, root.GetProperty("equal").GetInt32());
        var difference = root.GetProperty("cases")[1].GetProperty("difference").GetString();
        Assert.Matches(@"^row 3: mean log-probability under the edited model -1\.\d{6}, -1\.250000 expected$", difference);
    }

    [Fact]
    public async Task What_cannot_be_compared_gives_2_and_says_why()
    {
        using var folder = new TemporaryFolder();
        using var host = new TestHost();
        var check = Copy(folder, cases => cases[0]!["name"] = "prune-3");
        Assert.Equal(ExitCode.WrongInput, await RunAsync(host, check));
        Assert.Contains("prune-3", host.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.WrongInput, await RunAsync(host, folder["absent.json"]));
        Assert.Contains("intervention-check", host.Error, StringComparison.Ordinal);
    }

    private static Task<int> RunAsync(TestHost host, string check, params string[] more)
    {
        var prompts = SharedData.Path("data", "rtp-1996.jsonl");
        return host.RunAsync(["inspect", "intervention", "--model", SmolLM2.Folder(), "--prompts", prompts, "--check", check, .. more]);
    }

    /// <summary>Two of the golden's cases, changed.</summary>
    private static string Copy(TemporaryFolder folder, Action<JsonArray> change)
    {
        var golden = SharedData.Path("goldens", "smollm2", "interventions.json");
        var root = JsonNode.Parse(File.ReadAllText(golden))!;
        var some = root["cases"]!.AsArray().Where(item => (string)item!["name"]! is "bypass-7" or "steer-7");
        var cases = new JsonArray([.. some.Select(item => item!.DeepClone())]);
        change(cases);
        root["cases"] = cases;
        File.WriteAllText(folder["check.json"], root.ToJsonString());
        File.WriteAllBytes(folder["check.safetensors"], File.ReadAllBytes(Path.ChangeExtension(golden, ".safetensors")));
        return folder["check.json"];
    }
}
