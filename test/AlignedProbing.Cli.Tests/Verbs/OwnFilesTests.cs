using System.Text.Json;
using AlignedProbing.Files;
using AlignedProbing.Numerics;
using AlignedProbing.Tests.Shared;

namespace AlignedProbing.Cli.Tests.Verbs;

/// <summary>Verbs on files that a person brings: texts to score, and vectors to probe.</summary>
public sealed class OwnFilesTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task Texts_come_back_scored_line_for_line_and_an_empty_one_has_a_reason_and_no_number()
    {
        await File.WriteAllTextAsync(_temporary["texts.txt"], "what a lovely day\n\nyou stupid idiot\n", TestContext.Current.CancellationToken);
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await host.RunAsync("score", "--texts", "texts.txt"));
        var lines = host.Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(3, lines.Length);
        Assert.True(Toxicity(lines[2]) > Toxicity(lines[0]) + 0.3);
        Assert.False(lines[1].GetProperty("scores").TryGetProperty("toxicity", out _));
        Assert.Equal("empty_text", lines[1].GetProperty("missing").GetProperty("toxicity").GetString());
        Assert.All(lines, line => Assert.Equal("ngram", line.GetProperty("scorer").GetString()));

        static double Toxicity(JsonElement line) => line.GetProperty("scores").GetProperty("toxicity").GetDouble();
    }

    [Fact]
    public async Task Json_lines_keep_their_ids_and_scores_can_go_to_a_file()
    {
        await File.WriteAllTextAsync(_temporary["texts.jsonl"], """{"id": 7, "text": "hello there"}""" + "\n", TestContext.Current.CancellationToken);
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.Done, await host.RunAsync("score", "--texts", "texts.jsonl", "--scores", "scores.jsonl"));
        var line = JsonDocument.Parse(await File.ReadAllTextAsync(_temporary["scores.jsonl"], TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal(7, line.GetProperty("id").GetInt32());
        Assert.Empty(host.Output);
    }

    [Theory]
    [InlineData("nowhere.txt", "texts-missing")]
    public async Task Texts_that_are_not_there_are_an_error(string file, string code)
    {
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync("score", "--texts", file));
        Assert.Contains($"docs/errors/{code}.md", host.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vectors_of_ones_own_are_probed_and_rows_without_a_label_are_counted()
    {
        const int Rows = 80, Width = 6;
        var values = new float[Rows * Width];
        var labels = new List<string> { "id,toxicity" };
        for (var row = 0; row < Rows; row++)
        {
            for (var column = 0; column < Width; column++)
            {
                values[(row * Width) + column] = (float)RandomStream.For(1, "test", "x", (row * Width) + column).Uniform(0);
            }

            labels.Add(row == 3 ? "3," : FormattableString.Invariant($"{row},{values[row * Width]}"));
        }

        AtomicWrite.File(_temporary["x.npy"], stream => NpyFile.Write(stream, values, Rows, Width));
        await File.WriteAllLinesAsync(_temporary["y.csv"], labels, TestContext.Current.CancellationToken);
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(
            ExitCode.Done,
            await host.RunAsync("probe", "--vectors", "x.npy", "--labels", "y.csv", "--label", "toxicity", "--probe", "ridge", "--output", "runs.csv"));
        var runs = await File.ReadAllLinesAsync(_temporary["runs.csv"], TestContext.Current.CancellationToken);
        Assert.Equal(
            "layer,label,probe,control,fold,seed,r,mse,epoch,n_train,n_test,spearman,r2,accuracy,macro_f1,auroc,missing,cross_entropy,n_by_class,missing_macro",
            runs[0]);
        Assert.Equal(5, runs.Length);
        Assert.All(runs[1..], run => Assert.True(double.Parse(run.Split(',')[6], System.Globalization.CultureInfo.InvariantCulture) > 0.99));
        Assert.Contains("80 rows; 1 without toxicity", host.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vectors_without_their_labels_are_refused_with_an_example()
    {
        using var host = new TestHost(_temporary.FullPath);
        Assert.Equal(ExitCode.WrongInput, await host.RunAsync("probe", "--vectors", "x.npy"));
        Assert.Contains("Write for example: probe --vectors", host.Error, StringComparison.Ordinal);
    }
}
