using AlignedProbing.Prompts;
using AlignedProbing.Tests.Shared;
using AlignedProbing.Tokenizers;
using AlignedProbing.Torch.Certificates.Edited;
using AlignedProbing.Torch.Generation;
using AlignedProbing.Torch.Interventions;
using AlignedProbing.Torch.Models;

namespace AlignedProbing.Torch.Tests.Golden;

/// <summary>The real model edited, against PyTorch's with hooks (goldens/smollm2/interventions, sweep).</summary>
public sealed class EditedModelGoldenTests
{
    [Theory]
    [InlineData("interventions", 7)]
    [InlineData("sweep", 51)]
    public void Every_case_is_equal(string file, int cases)
    {
        var check = SharedData.Path("goldens", "smollm2", $"{file}.json");
        var folder = SmolLM2.Folder();
        var tokenizer = Tokenizer.FromFolder(folder);
        var texts = PromptRows.Texts(SharedData.Path("data", "rtp-1996.jsonl"), EditedComparison.RowsOf(check));
        using var model = ModelCatalog.Load(folder, new ModelLoadOptions());
        var result = EditedComparison.Run(
            model,
            check,
            [.. texts.Select(text => tokenizer.Encode(text, addSpecialTokens: false).Ids)],
            GenerationSettings.FromFolder(folder).EndOfText,
            cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(cases, result.Cases.Count);
        Assert.All(result.Cases, item => Assert.Null(item.Difference));
        Assert.All(result.Cases, item => Assert.NotNull(item.LogProbability));
    }

    [Theory]
    [InlineData("none", "")]
    [InlineData("bypass-7", "bypass 0 at 7")]
    [InlineData("bypass-5-6", "bypass 0 at 5,6")]
    [InlineData("damp0.5-all", "bypass 0.5 at all")]
    [InlineData("damp1.5-20", "bypass 1.5 at 20")]
    [InlineData("ablate-all", "ablate at all")]
    [InlineData("ablate-3", "ablate at 3")]
    [InlineData("steer-10-8", "steer -8 at 10")]
    [InlineData("steer-10+8.5", "steer 8.5 at 10")]
    [InlineData("steer-10-12-8", "steer -8 at 10,12")]
    [InlineData("steer-all+2", "steer 2 at all")]
    [InlineData("steer-7", null)]
    [InlineData("bypass", null)]
    [InlineData("bypass-x", null)]
    [InlineData("prune-3", null)]
    public void A_cases_name_says_what_is_edited(string name, string? expected)
    {
        var edits = EditedCase.Edits(name, 0, null, _ => new EditDirection([1, 0]));
        Assert.Equal(expected, edits is null ? null : string.Join("; ", edits.Select(Words)));

        static string Words(Edit edit)
        {
            var layers = edit.Layers is { } some ? string.Join(',', some) : "all";
            return edit switch
            {
                Bypass bypass => FormattableString.Invariant($"bypass {bypass.Factor} at {layers}"),
                Steer steer => FormattableString.Invariant($"steer {steer.Amount} at {layers}"),
                _ => $"ablate at {layers}",
            };
        }
    }

    [Fact]
    public void Blocks_counted_from_0_are_layers_counted_from_1()
    {
        Assert.Equal([8], EditedCase.Edits("bypass-7", 1, null, _ => new EditDirection([1, 0]))![0].Layers);
        Assert.Equal(20, Assert.IsType<Steer>(EditedCase.Edits("steer-7", 1, 20, _ => new EditDirection([1, 0]))![0]).Amount);
    }
}
