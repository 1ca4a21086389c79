using AlignedProbing.Cli.Options;
using AlignedProbing.Cli.Verbs;
using AlignedProbing.Runs;
using AlignedProbing.Settings;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Torch.Running;

namespace AlignedProbing.Cli.Tests.Options;

/// <summary>An option that a verb accepts is used by it or refused: every use of every verb with every option.</summary>
public sealed class VerbOptionTests
{
    private static readonly VerbCommand[] Verbs = [.. OptionsPage.VerbsOf(CommandLine.Build(new TestHost().Host))];

    // A value of every option that can be read, for uses that check nothing beyond.
    private static readonly Dictionary<string, string[]> Values = new(StringComparer.Ordinal)
    {
        ["--model"] = ["org/model"],
        ["--prompts"] = ["p.jsonl"],
        ["--limit"] = ["3"],
        ["--continuations"] = ["given"],
        ["--layers"] = ["0"],
        ["--attributes"] = ["toxicity"],
        ["--probe"] = ["ridge"],
        ["--control"] = ["randomization"],
        ["--correction"] = ["bh"],
        ["--format"] = ["lines"],
        ["--backward"] = ["mean"],
        ["--prompt-scores"] = ["given"],
        ["--chat"] = ["off"],
        ["--chat-variable"] = ["enable_thinking=false"],
        ["--precision"] = ["bf16"],
        ["--pooling"] = ["last"],
        ["--vector-type"] = ["float16"],
        ["--device"] = ["cuda:1"],
        ["--shard"] = ["1/2"],
        ["--probe-continuations"] = ["kept"],
        ["--top-p"] = ["0.5"],
        ["--tolerance"] = ["0.1"],
        ["--positions"] = ["prompt"],
        ["--spread"] = ["without-first"],
        ["--to"] = ["slurm"],
    };

    public static TheoryData<string, string> Pairs =>
        [.. Verbs.SelectMany(verb => verb.Uses.SelectMany(use => verb.Settings.Select(setting => (use.Title, setting.Name))))];

    [Fact]
    public void Every_verb_is_made_from_declarations() =>
        Assert.Empty(Leaves(CommandLine.Build(new TestHost().Host)).Where(command => command is not VerbCommand).Select(command => command.Name));

    [Theory]
    [MemberData(nameof(Pairs))]
    public void An_option_is_read_by_the_use_or_refused_by_name(string title, string option)
    {
        var verb = Verbs.Single(verb => verb.Uses.Any(use => use.Title == title));
        var use = verb.Uses.Single(use => use.Title == title);
        if (option == MachineSettings.Config.Name)
        {
            return; // Read before there is a verb.
        }

        if (use.Settings.FirstOrDefault(setting => setting.Name == option) is { } setting)
        {
            Assert.Contains(option, ReadBy(use));
            return;
        }

        // Another use's own option asks for that use; what it does not use is refused there.
        if (verb.Uses.Any(other => other.When?.Name == option))
        {
            return;
        }

        string[] asked = use.When is { } when ? [when.Name, Texts(when)[0]] : [];
        string[] values = verb.Settings.Single(setting => setting.Name == option) is { IsFlag: false } taken ? [option, .. Texts(taken)] : [option];
        var parsed = CommandLine.Build(new TestHost().Host).Parse([.. PathOf(verb), .. asked, .. values]);
        Assert.Empty(parsed.Errors);
        var error = Assert.Throws<InputException>(() => ((VerbCommand)parsed.CommandResult.Command).Bind(parsed));
        Assert.Contains($"{option}: '{title}' does not use it", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_verb_reads_what_it_does_not_say() =>
        Assert.All(
            Verbs.SelectMany(verb => verb.Uses),
            use => Assert.Empty(ReadBy(use).Except(use.Settings.Select(setting => setting.Name))));

    [Theory]
    [InlineData("--limit abc", "--limit abc: give a whole number from 1", "run", "--limit", "abc")]
    [InlineData("--device", "--device gpu: give cpu, cuda, or cuda:N", "run", "--device", "gpu")]
    [InlineData("--precision", "--precision fp16: it is one of full, bf16, half, eight_bit, four_bit", "run", "--precision", "fp16")]
    [InlineData("--template", "--template 7: give 0 to 4, or a file", "encode", "--template", "7")]
    [InlineData("--output", "--output: 'score --export' does not use it", "score", "--export", "x.csv", "--shard", "0/2", "--output", "y")]
    [InlineData("--standardise", "one turns on what the other turns off", "probe", "r", "--standardise", "--no-standardise")]
    [InlineData("twice", "the run folder was named twice", "probe", "r", "--output", "s")]
    public async Task What_cannot_be_used_is_told_in_plain_words(string what, string said, params string[] arguments)
    {
        using var host = new TestHost();
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync(arguments));
        if (what != "--output")
        {
            Assert.Contains(said, host.Error, StringComparison.Ordinal);
        }
        else
        {
            Assert.Contains("--shard: 'score --export' does not use it; 'score --import' and 'score' do", host.Error, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("System.", host.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_flag_can_be_turned_off_over_what_a_run_was_asked_before()
    {
        var (stored, encoding) = (MeasurementManifest.Usual with { Standardise = true, Probes = ["mlp"] }, new EncodingManifest());
        var off = MeasurementAsked.From(GivenSettings.Parse([(ProbeSettings.Standardise, ["false"])]));
        Assert.False(off.Over(stored, encoding).Standardise);
        Assert.Equal(["mlp"], off.Over(stored, encoding).Probes);
        Assert.Equal(["linear", "ridge"], off.Over(null, encoding).Probes);
        Assert.True(MeasurementAsked.From(GivenSettings.Parse([])).Over(stored, encoding).Standardise);
    }

    [Fact]
    public async Task The_page_of_options_is_what_the_declarations_say()
    {
        var path = Path.Combine(SharedData.RepositoryRoot, "docs", "reference", "options.md");
        var text = OptionsPage.Of(CommandLine.Build(new TestHost().Host));
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
        {
            await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
        }

        Assert.Equal(text, await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
    }

    private static IReadOnlyCollection<string> ReadBy(VerbUse use)
    {
        var host = new TestHost().Host;
        var given = GivenSettings.Parse(
            use.Settings.Where(setting => !Alternative(setting)).Select(setting => (setting, (IReadOnlyList<string>)Texts(setting))));
        // Those that take an output beside a run's folder, or a study's file, take it as argument.
        use.Bind(new VerbInput(given, use.Title is "compare-scorers" or "compare" or "study run" ? ["run"] : [], host));
        return given.Read;

        // Of two options that exclude each other one is given; both are read.
        static bool Alternative(Setting setting) => setting.Name is "--strings" || setting == ScoringSettings.ScoresFile;
    }

    private static string[] Texts(Setting setting) => setting.IsFlag ? [] : Values.GetValueOrDefault(setting.Name) ?? ["1"];

    private static IEnumerable<string> PathOf(VerbCommand verb) =>
        verb.Parents.OfType<System.CommandLine.Command>().FirstOrDefault() is { } parent and not System.CommandLine.RootCommand
            ? [parent.Name, verb.Name]
            : [verb.Name];

    private static IEnumerable<System.CommandLine.Command> Leaves(System.CommandLine.Command command) =>
        command.Subcommands.Count == 0 ? [command] : command.Subcommands.SelectMany(Leaves);
}
