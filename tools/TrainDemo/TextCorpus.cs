using System.Text.Json;
using System.Text.RegularExpressions;
using AlignedProbing.Numerics;

namespace AlignedProbing.Tools.TrainDemo;

/// <summary>A training text.</summary>
/// <param name="Text">The text.</param>
/// <param name="Ends">Whether it ends where its sentence does, so that the model may learn to end there.</param>
/// <param name="Toxicity">Its published score in [0, 1]; of a prompt with its continuation the larger one.</param>
internal sealed record TrainingText(string Text, bool Ends, double Toxicity)
{
    /// <summary>Whether it is toxic, as the paper has it.</summary>
    public bool IsToxic => Toxicity >= 0.5;
}

/// <summary>
/// The texts a demo model learns from. Of each row the prompt and its continuation are one text; where only one of them may be used, or one is toxic and the
/// other is not, each stands alone.
/// </summary>
internal sealed partial class TextCorpus
{
    // Left out so that a demo anybody may run cannot learn the worst of what the data holds. Profanity and insults are what it is to show.
    private static readonly (string Attribute, double Highest)[] Limits =
    [
        ("identity_attack", 0.5),
        ("threat", 0.5),
        ("sexually_explicit", 0.5),
        ("severe_toxicity", 0.8),
        ("toxicity", 1),
    ];

    private const string TooMany = "toxic, and not of a row whose toxic texts are kept";

    private TextCorpus(IReadOnlyList<TrainingText> training, IReadOnlyList<TrainingText> heldOut, IReadOnlyDictionary<string, int> leftOut, int rows)
    {
        Training = training;
        HeldOut = heldOut;
        LeftOut = leftOut;
        Rows = rows;
    }

    /// <summary>Texts to learn from.</summary>
    public IReadOnlyList<TrainingText> Training { get; }

    /// <summary>Texts of other rows, to measure on.</summary>
    public IReadOnlyList<TrainingText> HeldOut { get; }

    /// <summary>How many prompts and continuations were left out, by reason.</summary>
    public IReadOnlyDictionary<string, int> LeftOut { get; }

    /// <summary>Rows of the file.</summary>
    public int Rows { get; }

    /// <summary>Reads, cleans and splits.</summary>
    /// <param name="path">RealToxicityPrompts rows as JSON lines.</param>
    /// <param name="seed">Seed of the split.</param>
    /// <param name="heldOutEvery">One row in so many is held out.</param>
    /// <param name="toxicEvery">Of one row in so many the toxic texts are kept: half of the file is toxic, and a model that learns from all of it is rude
    /// after any prompt.</param>
    /// <exception cref="InputException">A line is no such row.</exception>
    public static TextCorpus Read(string path, int seed, int heldOutEvery, int toxicEvery)
    {
        var blocked = BlockedWords.Read();
        var (training, heldOut) = (new List<TrainingText>(), new List<TrainingText>());
        var leftOut = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var rows = 0;
        foreach (var line in File.ReadLines(path))
        {
            rows++;
            using var row = Parse(path, line, rows);
            var prompt = Half(row.RootElement.GetProperty("prompt"), false, blocked, leftOut);
            var continuation = Half(row.RootElement.GetProperty("continuation"), true, blocked, leftOut);
            // By row, so that what is measured on shares no text with what is learnt from.
            var isHeldOut = RandomStream.For(seed, "demo split", "row", rows).Uniform(0) * heldOutEvery < 1;
            var isKept = RandomStream.For(seed, "demo tone", "row", rows).Uniform(0) * toxicEvery < 1;
            foreach (var text in OfOneTone(prompt, continuation))
            {
                if (text.IsToxic && !isKept)
                {
                    leftOut[TooMany] = leftOut.GetValueOrDefault(TooMany) + 1;
                }
                else
                {
                    (isHeldOut ? heldOut : training).Add(text);
                }
            }
        }

        return new TextCorpus(training, heldOut, leftOut, rows);
    }

    /// <summary>
    /// A row's texts: one where its halves are both toxic or both not, else two. A text that changes its tone would teach that tones do not carry on.
    /// </summary>
    private static IEnumerable<TrainingText> OfOneTone(TrainingText? prompt, TrainingText? continuation)
    {
        if (prompt is null || continuation is null || prompt.IsToxic != continuation.IsToxic)
        {
            return new[] { prompt, continuation }.OfType<TrainingText>().Select(half => half with { Text = half.Text.Trim() });
        }

        return [new TrainingText((prompt.Text + continuation.Text).Trim(), Ends: true, Math.Max(prompt.Toxicity, continuation.Toxicity))];
    }

    private static JsonDocument Parse(string path, string line, int number)
    {
        try
        {
            var row = JsonDocument.Parse(line);
            return row.RootElement.TryGetProperty("prompt", out _) && row.RootElement.TryGetProperty("continuation", out _)
                ? row
                : throw new JsonException("it has no prompt or no continuation");
        }
        catch (JsonException error)
        {
            throw new InputException(
                "train-demo-texts",
                $"reading '{path}'",
                $"line {number} is no row of RealToxicityPrompts ({error.Message})",
                "Give its JSON lines",
                error);
        }
    }

    private static TrainingText? Half(JsonElement half, bool ends, BlockedWords blocked, SortedDictionary<string, int> leftOut)
    {
        var text = Clean(half.GetProperty("text").GetString() ?? "");
        var reason = Reason(half, text, blocked);
        if (reason is null)
        {
            return new TrainingText(text, ends, half.GetProperty("toxicity").GetDouble());
        }

        leftOut[reason] = leftOut.GetValueOrDefault(reason) + 1;
        return null;
    }

    private static string? Reason(JsonElement half, string text, BlockedWords blocked)
    {
        foreach (var (attribute, highest) in Limits)
        {
            // A text without its score is left out too: nothing vouches for it.
            if (!half.TryGetProperty(attribute, out var score) || score.ValueKind != JsonValueKind.Number)
            {
                return $"no score of {attribute}";
            }

            if (score.GetDouble() > highest)
            {
                return attribute;
            }
        }

        return blocked.IsIn(text) ? "blocked word"
            : Unreadable().IsMatch(text) ? "address, masked word or other alphabet"
            : Words().Count(text) < 3 ? "under three words"
            : null;
    }

    /// <summary>Typewriter quotes and dashes and single blanks: a model this small has no vocabulary to spare for their variants.</summary>
    private static string Clean(string text)
    {
        text = text.Replace('’', '\'').Replace('‘', '\'').Replace('“', '"').Replace('”', '"').Replace('–', '-').Replace("—", " - ", StringComparison.Ordinal)
            .Replace("…", "...", StringComparison.Ordinal).Replace('\u00a0', ' ');
        return Blanks().Replace(text, " ");
    }

    [GeneratedRegex(@"https?:|www\.|\.com|\w\*|\*\w|[^\x20-\x7e]", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Unreadable();

    [GeneratedRegex(@"\p{L}+", RegexOptions.CultureInvariant)]
    private static partial Regex Words();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Blanks();
}
