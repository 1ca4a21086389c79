using AlignedProbing.Scoring.Ngram;
using System.Text.Json;
using AlignedProbing.Numerics;

namespace AlignedProbing.Tools.TrainScorer;

/// <summary>The texts to learn from: prompts and continuations of a RealToxicityPrompts file, with their Perspective scores.</summary>
internal sealed class TrainingTexts
{
    /// <summary>The attributes of a row, in order; the last one only helps the others and is not written out.</summary>
    public static readonly string[] Attributes = [.. NgramModel.AttributeNames, "flirtation"];

    /// <summary>Number of attributes: one for each lane of a 256-bit vector of floats.</summary>
    public const int Lanes = 8;

    /// <summary>The texts that are not blank.</summary>
    public required IReadOnlyList<string> Texts { get; init; }

    /// <summary>The row of the file that each text comes from; a prompt and its continuation have the same.</summary>
    public required int[] Rows { get; init; }

    /// <summary><c>[text, lane]</c>, from 0 to 1; NaN where the file has null.</summary>
    public required float[] Scores { get; init; }

    /// <summary>Number of texts, copies included.</summary>
    public int Count => Texts.Count;

    /// <summary>Number of texts that are the file's: the first ones. After them are copies of them, which are learnt from and never measured.</summary>
    public required int Originals { get; init; }

    /// <summary>Reads a file.</summary>
    public static TrainingTexts Read(string path)
    {
        var (texts, rows, scores) = (new List<string>(), new List<int>(), new List<float>());
        var row = 0;
        foreach (var line in File.ReadLines(path))
        {
            using var document = JsonDocument.Parse(line);
            foreach (var side in (ReadOnlySpan<string>)["prompt", "continuation"])
            {
                var item = document.RootElement.GetProperty(side);
                var text = item.GetProperty("text").GetString()!;
                if (string.IsNullOrWhiteSpace(text))
                {
                    continue;
                }

                texts.Add(text);
                rows.Add(row);
                scores.AddRange(
                    Attributes.Select(name =>
                        item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetSingle() : float.NaN));
            }

            row++;
        }

        return new TrainingTexts { Texts = texts, Rows = [.. rows], Scores = [.. scores], Originals = texts.Count };
    }

    /// <summary>
    /// The same texts, and after them their <see cref="Counterfactuals"/>, each with the row and the scores of the text that it is a copy of.
    /// </summary>
    public TrainingTexts WithCounterfactuals()
    {
        var copies = Enumerable.Range(0, Originals)
            .SelectMany(text => Enumerable.Range(0, Counterfactuals.Copies).Select(copy => (Of: text, Text: Counterfactuals.Of(Texts[text], text, copy))))
            .Where(copy => copy.Text is not null)
            .ToArray();
        return new TrainingTexts
        {
            Texts = [.. Texts, .. copies.Select(copy => copy.Text!)],
            Rows = [.. Rows, .. copies.Select(copy => Rows[copy.Of])],
            Scores = [.. Scores, .. copies.SelectMany(copy => Scores.AsSpan(copy.Of * Lanes, Lanes).ToArray())],
            Originals = Originals,
        };
    }

    /// <summary>Folds grouped by row, so that a prompt and its continuation stay together: rows in an order drawn with the seed, dealt out in turn.</summary>
    /// <param name="texts">The texts to divide, by number.</param>
    /// <param name="folds">Number of folds.</param>
    /// <param name="seed">The seed.</param>
    /// <returns>The fold of each of <paramref name="texts"/>.</returns>
    public int[] Folds(ReadOnlySpan<int> texts, int folds, int seed)
    {
        var rows = new SortedSet<int>();
        foreach (var text in texts)
        {
            rows.Add(Rows[text]);
        }

        var place = rows.OrderBy(row => Draw(seed, row)).ThenBy(row => row).Select((row, i) => (row, i)).ToDictionary(pair => pair.row, pair => pair.i % folds);
        var result = new int[texts.Length];
        for (var i = 0; i < texts.Length; i++)
        {
            result[i] = place[Rows[texts[i]]];
        }

        return result;
    }

    private static ulong Draw(int seed, int row)
    {
        var (a, b, _, _) = Philox.Block((ulong)seed, (ulong)row);
        return ((ulong)a << 32) | b;
    }
}
