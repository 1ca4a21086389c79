using System.Text.Json;
using AlignedProbing.Tools.TrainDemo;

namespace AlignedProbing.Cli.Tests.Demo;

public sealed class TextCorpusTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void A_prompt_and_its_continuation_are_one_text()
    {
        var texts = Read(Row(Half("The “old” man"), Half(" sat\n by the sea")));
        Assert.Equal([new TrainingText("The \"old\" man sat by the sea", Ends: true, 0.2)], texts);
    }

    [Fact]
    public void What_scores_too_high_is_left_out_and_its_other_half_kept()
    {
        var texts = Read(
            Row(Half("The old man", threat: 0.51), Half(" sat by the sea")),
            Row(Half("The old man"), Half(" sat by the sea", threat: 0.51)));
        Assert.Equal([new TrainingText("sat by the sea", Ends: true, 0.2), new TrainingText("The old man", Ends: false, 0.2)], texts);
    }

    [Theory]
    [InlineData(" and a Murder took place")]
    [InlineData(" see www.example.org for more")]
    [InlineData(" was it a f**king day off")]
    [InlineData(" the café was closed")]
    [InlineData(" too short")]
    public void Blocked_masked_foreign_and_short_texts_are_left_out(string continuation) =>
        Assert.Equal([new TrainingText("The old man", Ends: false, 0.2)], Read(Row(Half("The old man"), Half(continuation))));

    [Fact]
    public void A_text_without_a_score_is_left_out() =>
        Assert.Equal([new TrainingText("The old man", Ends: false, 0.2)], Read(Row(Half("The old man"), Half(" sat by the sea", threat: null))));

    [Fact]
    public void A_row_of_two_tones_is_two_texts() =>
        Assert.Equal(
            [new TrainingText("The old man", Ends: false, 0.5), new TrainingText("sat by the sea", Ends: true, 0.2)],
            Read(Row(Half("The old man", toxicity: 0.5), Half(" sat by the sea"))));

    [Fact]
    public void Toxic_texts_are_kept_of_one_row_in_so_many_and_the_others_of_all()
    {
        string[] rows = [.. Enumerable.Repeat(Row(Half("The old man", toxicity: 0.9), Half(" sat by the sea", toxicity: 0.8)), 200)];
        var toxic = new TrainingText("The old man sat by the sea", Ends: true, 0.9);
        Assert.Equal(Enumerable.Repeat(toxic, 200), Read(rows));
        var some = Read(4, rows);
        Assert.InRange(some.Count, 30, 70);
        Assert.All(some, text => Assert.Equal(toxic, text));

        string[] mixed = [.. Enumerable.Repeat(Row(Half("The old man"), Half(" sat by the sea", toxicity: 0.8)), 200)];
        Assert.Equal((200, some.Count), (Read(4, mixed).Count(text => !text.IsToxic), Read(4, mixed).Count(text => text.IsToxic)));
    }

    private List<TrainingText> Read(params string[] rows) => Read(1, rows);

    private List<TrainingText> Read(int toxicEvery, string[] rows)
    {
        File.WriteAllLines(_path, rows);
        var corpus = TextCorpus.Read(_path, seed: 1, heldOutEvery: int.MaxValue, toxicEvery);
        Assert.Empty(corpus.HeldOut);
        Assert.Equal(rows.Length, corpus.Rows);
        return [.. corpus.Training];
    }

    private static string Row(object prompt, object continuation) => JsonSerializer.Serialize(new { prompt, continuation });

    private static object Half(string text, double? threat = 0.5, double toxicity = 0.2) =>
        new
        {
            text,
            identity_attack = 0.1,
            threat,
            sexually_explicit = 0.1,
            severe_toxicity = 0.1,
            toxicity,
        };
}
